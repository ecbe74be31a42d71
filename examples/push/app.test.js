'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { after, before, test } = require('node:test');

const { start } = require('./app.js');

let server;
let address;

before(async () => {
  server = start(0);
  await once(server, 'listening');
  address = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

test('the start page greets', async () => {
  const response = await fetch(`${address}/`);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'Hello from the example app.\n');
});

test('the health check answers', async () => {
  const response = await fetch(`${address}/healthz`);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'ok\n');
});

test('an unknown page is not found', async () => {
  const response = await fetch(`${address}/nowhere`);
  assert.equal(response.status, 404);
  await response.text();
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} ends the app, even with a connection kept alive`, { timeout: 10_000 }, async () => {
    const app = spawn(process.execPath, [path.join(__dirname, 'app.js')], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(app.stdout.setEncoding('utf8'), 'data');
    const [port] = line.match(/\d+/);
    await (await fetch(`http://127.0.0.1:${port}/healthz`)).text();
    app.kill(signal);
    const [code] = await once(app, 'exit');
    assert.equal(code, 0);
  });
}
