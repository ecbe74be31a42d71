import ms from "ms";

const server = Bun.serve({
  port: Number(process.env.PORT ?? 3000),
  routes: {
    "/healthz": new Response("ok\n"),
    "/": () => new Response(`hello from bun after ${ms(performance.now())}\n`),
  },
});
process.on("SIGTERM", () => void server.stop());
