import ms from "ms";

const port = Number(Deno.env.get("PORT") ?? 8000);
const server = Deno.serve({ port }, (request) => {
  const path = new URL(request.url).pathname;
  return new Response(path === "/healthz" ? "ok\n" : `hello from deno after ${ms(performance.now())}\n`);
});
Deno.addSignalListener("SIGTERM", () => void server.shutdown());
