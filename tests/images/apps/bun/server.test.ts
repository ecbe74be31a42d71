import { expect, test } from "bun:test";
import colors from "picocolors";

test("the development dependency is here", () => expect(typeof colors.red).toBe("function"));
