import fastify from "fastify";

const app = fastify();
app.get("/healthz", async () => "ok\n");
app.get("/", async () => "hello from fastify\n");

const port = Number(process.env.PORT ?? 3000);
await app.listen({ port, host: "0.0.0.0" });
process.on("SIGTERM", () => void app.close());
