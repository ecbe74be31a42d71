import { ok } from "node:assert";
import { test } from "node:test";

test("types are stripped", (): void => ok(true));
