import express from "express";

const app = express();
app.get("/healthz", (_, response) => response.send("ok\n"));
app.get("/", (_, response) => response.type("text").send("hello from express\n"));

const server = app.listen(process.env.PORT ?? 3000);
process.on("SIGTERM", () => server.close());
