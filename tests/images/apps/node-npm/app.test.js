import { strictEqual } from "node:assert";
import { test } from "node:test";
import colors from "picocolors";

test("the development dependency is here", () => strictEqual(typeof colors.red, "function"));
