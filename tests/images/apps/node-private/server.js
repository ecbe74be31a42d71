const { createServer } = require("node:http");
const greeting = require("@acme/greeting");

const server = createServer((request, response) => response.end(`${greeting("node-private")}\n`));
server.listen(process.env.PORT ?? 3000);
process.on("SIGTERM", () => server.close());
