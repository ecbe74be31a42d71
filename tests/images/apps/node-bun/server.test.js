const { strictEqual } = require("node:assert");
const { test } = require("node:test");
const colors = require("picocolors");

test("the development dependency is here", () => strictEqual(typeof colors.red, "function"));
