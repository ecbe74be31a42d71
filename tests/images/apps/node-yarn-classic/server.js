const { createServer } = require("node:http");
const ms = require("ms");

const server = createServer((request, response) => {
  response.end(request.url === "/healthz" ? "ok\n" : `hello after ${ms(process.uptime() * 1000)}\n`);
});
server.listen(process.env.PORT ?? 3000);
process.on("SIGTERM", () => server.close());
