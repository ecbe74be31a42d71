Deno.test("it counts", () => {
  if (1 + 1 !== 2) throw new Error("no");
});
