import { once } from 'node:events';

import { raw, type Sockets, startSockets } from '../support/sockets.js';

let sockets: Sockets;
beforeAll(async () => {
  sockets = await startSockets();
});
afterAll(() => sockets.close());

const ROOM = '/ws/room/550e8400-e29b-41d4-a716-446655440000';

/** What exactly these lines are answered with, once the server ends the connection. */
async function send(head: readonly string[], body = ''): Promise<string> {
  const socket = raw(sockets.url);
  socket.write(`${[...head, 'Host: x', '', ''].join('\r\n')}${body}`);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

const H2C = [
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: h2c',
  'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
];

it('an upgrade to what is no websocket is an ordinary request', async () => {
  const answer = await send(['GET /health HTTP/1.1', ...H2C]);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toContain('"status":"healthy"');
});

it('with a body, too', async () => {
  const body = JSON.stringify({ email: 'h2c@example.com', password: 'correct horse' });
  const head = [
    'POST /v1/auth/signup HTTP/1.1',
    ...H2C,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  expect(await send(head, body)).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
});

it.each([
  ['/v1/ws/timers', { detail: 'Upgrade to websocket required' }],
  ['/v1/ws/timers/', { detail: 'Upgrade to websocket required' }],
  [ROOM, { status: 'error', error: { code: 'UPGRADE_REQUIRED', message: 'Upgrade to websocket required' } }],
])('%s without an upgrade is 426', async (path, body) => {
  const answer = await fetch(sockets.url + path);
  expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket']);
  expect(await answer.json()).toEqual(body);
  expect(await send([`GET ${path} HTTP/1.1`, ...H2C])).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
});
