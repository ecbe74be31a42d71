'use strict';

const express = require('express');

const port = process.env.PORT || 3000;
const app = express();

app.disable('x-powered-by');

app.get('/', (req, res) => {
  res.type('text').send('Hello from the example app.\n');
});

app.get('/healthz', (req, res) => {
  res.type('text').send('ok\n');
});

function start(onPort) {
  const server = app.listen(onPort, (error) => {
    if (error) throw error;
    console.log(`listening on port ${server.address().port}`);
  });
  return server;
}

// Open requests are still answered; a second signal ends the process at once.
function stopOnSignal(server) {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => server.close());
  }
}

if (require.main === module) {
  stopOnSignal(start(port));
}

module.exports = { start };
