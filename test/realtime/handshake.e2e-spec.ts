import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { DataSource } from 'typeorm';

import { until } from '../support/server.js';
import { hangUpAll, knock, open, type Person, raw, type Sockets, socketUrl, startSockets } from '../support/sockets.js';

const PATH = '/v1/ws/timers';
const ALLOWED = 'https://app.example';

let sockets: Sockets;
let person: Person;
const lines: string[] = [];

beforeAll(async () => {
  sockets = await startSockets({
    env: { CORS_ALLOWED_ORIGINS: `${ALLOWED},ws://localhost:8000,wss://api.example,http://127.0.0.1:3000` },
    logTo: { write: (line) => lines.push(line) },
  });
  const keep = (message: unknown) => lines.push(JSON.stringify(message));
  sockets.app.useLogger({ log: keep, error: keep, warn: keep, debug: keep, verbose: keep, fatal: keep });
  person = await sockets.signUp();
});
afterEach(() => hangUpAll());
afterAll(() => sockets.close());

const withToken = (token: string, more = '') => `${PATH}?token=${encodeURIComponent(token)}${more}`;

const plain = (status: number, detail: string) => ({ status, body: { detail } });

describe('who may not enter is told so over HTTP', () => {
  it.each([
    ['no token', PATH, 'Authorization header missing'],
    ['an empty token', `${PATH}?token=`, 'Invalid token: malformed'],
    ['no JWT', `${PATH}?token=abc`, 'Invalid token: malformed'],
    ['another issuer', `${PATH}?token=eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln`, 'Invalid issuer: x'],
  ])('401 with %s', async (_what, target, detail) => {
    const refusal = await knock(sockets.url, target);
    expect(refusal).toMatchObject(plain(401, detail));
    expect(refusal.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'www-authenticate': 'Bearer',
      connection: 'close',
      vary: 'Origin',
    });
    expect(refusal.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('401 with a token of a session that has ended', async () => {
    const someone = await sockets.signUp();
    expect(await knock(sockets.url, withToken(someone.token))).toMatchObject({ status: 101 });
    await someone.call('POST', '/v1/auth/logout');
    expect(await knock(sockets.url, withToken(someone.token))).toMatchObject(plain(401, 'Invalid token: revoked'));
  });

  it('401 with the subprotocol, too', async () => {
    const headers = { 'Sec-WebSocket-Protocol': 'authorization.bearer.abc' };
    expect(await knock(sockets.url, PATH, headers)).toMatchObject(plain(401, 'Invalid token: malformed'));
  });

  it.each(['/nowhere', '/v1/ws/timers/x', '/v1/ws', '/', '/v1/ws/timers%2f'])('404 at %s', async (path) => {
    const refusal = await knock(sockets.url, path);
    expect(refusal).toMatchObject({ status: 404, body: { detail: 'Not Found' } });
  });

  it.each(['//', 'http://[', '///x', '/%'])(
    '404 for the target %p, which is no URL or names nothing',
    async (target) => {
      expect(await knock(sockets.url, target)).toMatchObject({ status: 404 });
      expect(await knock(sockets.url, withToken(person.token))).toMatchObject({ status: 101 });
    },
  );

  it('a slash at the end is served', async () => {
    expect(await knock(sockets.url, `${PATH}/?token=${person.token}`)).toMatchObject({ status: 101 });
  });

  it('422 for a dialect that is none', async () => {
    const refusal = await knock(sockets.url, withToken(person.token, '&dialect=morse'), { Origin: ALLOWED });
    const expected = `'type-payload' or 'action-event'`;
    expect(refusal).toMatchObject({
      status: 422,
      body: {
        detail: [
          {
            type: 'enum',
            loc: ['query', 'dialect'],
            msg: `Input should be ${expected}`,
            input: 'morse',
            ctx: { expected },
          },
        ],
      },
    });
    expect(refusal.headers['access-control-allow-origin']).toBe(ALLOWED);
  });

  it('what is no handshake is refused, and counts as no connection', async () => {
    expect(await knock(sockets.url, withToken(person.token), { 'Sec-WebSocket-Key': '' })).toMatchObject({
      status: 400,
    });
    expect(await knock(sockets.url, withToken(person.token), { 'Sec-WebSocket-Version': '7' })).toMatchObject({
      status: 400,
    });
  });

  it('a refused peer that does not hang up is cut off', async () => {
    const socket = raw(sockets.url);
    let closed = false;
    socket.on('close', () => (closed = true)).on('data', () => undefined);
    socket.allowHalfOpen = true;
    socket.write('GET /v1/ws/timers HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    const trickle = setInterval(() => socket.write('x'), 50);
    await until(() => closed, 5_000);
    clearInterval(trickle);
  });
});

describe('Origin', () => {
  it.each([
    [ALLOWED, 101],
    ['https://APP.example', 101],
    ['http://localhost:8000', 101],
    ['http://localhost:5173', 101],
    ['https://api.example', 101],
    ['http://127.0.0.1:9', 101],
    ['https://evil.example', 403],
    ['http://app.example', 403],
    ['https://app.example.evil.example', 403],
    // The host that is asked is the server's own, whatever the list says.
    ['http://timers.example', 101],
    ['http://timers.example:8000', 403],
    ['null', 403],
    ['', 403],
    ['garbage', 403],
  ])('%p: %i', async (origin, status) => {
    const refusal = await knock(sockets.url, withToken(person.token), { Origin: origin });
    expect(refusal.status).toBe(status);
    if (status === 403) {
      expect(refusal.body).toEqual({ detail: expect.any(String) as string });
      expect(refusal.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('none is allowed: only browsers send it', async () => {
    expect(await knock(sockets.url, withToken(person.token))).toMatchObject({ status: 101 });
  });

  it('errors carry the CORS headers for a page that is allowed', async () => {
    const { status, headers } = await knock(sockets.url, PATH, { Origin: ALLOWED });
    expect(status).toBe(401);
    expect(headers['access-control-allow-origin']).toBe(ALLOWED);
    expect(headers['access-control-expose-headers']?.split(',')).toEqual(expect.arrayContaining(['Retry-After']));
  });

  it('without a list: the own host and localhost', async () => {
    const unset = await startSockets();
    try {
      const someone = await unset.signUp();
      const tried = async (origin: string) =>
        (await knock(unset.url, withToken(someone.token), { Origin: origin })).status;
      expect(await tried('http://timers.example')).toBe(101);
      expect(await tried('http://localhost:1')).toBe(101);
      expect(await tried('null')).toBe(403);
      expect(await tried('https://evil.example')).toBe(403);
    } finally {
      await unset.close();
    }
  });
});

it('503 while the database is away, also for somebody who is known', async () => {
  await knock(sockets.url, withToken(person.token));
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const query = jest.spyOn(sockets.app.get(DataSource), 'query').mockRejectedValue(away);
  try {
    const refusal = await knock(sockets.url, withToken(person.token), { Origin: ALLOWED });
    expect(refusal).toMatchObject({ status: 503, body: { error_type: 'ServiceUnavailableError' } });
    expect(refusal.headers).toMatchObject({ 'retry-after': expect.any(String) as string });
    expect(refusal.headers['access-control-allow-origin']).toBe(ALLOWED);
  } finally {
    query.mockRestore();
  }
  expect(await knock(sockets.url, withToken(person.token))).toMatchObject({ status: 101 });
});

describe('limits', () => {
  it('200 handshakes per 10 s and address, then 429', async () => {
    const limited = await startSockets({ env: { RATE_LIMIT_ENABLED: 'true' } });
    try {
      const statuses: number[] = [];
      for (let turn = 0; turn < 201; turn += 1) statuses.push((await knock(limited.url, PATH)).status);
      expect(statuses.slice(0, 200).every((status) => status === 401)).toBe(true);
      const refusal = await knock(limited.url, PATH, { Origin: 'http://localhost:1' });
      expect(refusal).toMatchObject({ status: 429, body: { retry_after: expect.any(Number) as number } });
      expect(refusal.headers['retry-after']).toMatch(/^([1-9]|10)$/);
      expect(refusal.headers['access-control-allow-origin']).toBe('http://localhost:1');
    } finally {
      await limited.close();
    }
  });

  it('so many open connections of a person, then 429, and a place that is left is free', async () => {
    const limited = await startSockets({ env: { RATE_LIMIT_ENABLED: 'true', WS_MAX_PER_USER: '2' } });
    try {
      const someone = await limited.signUp();
      const first = await someone.open();
      await someone.open();
      expect(await knock(limited.url, withToken(someone.token))).toMatchObject({ status: 429 });
      // A handshake that comes to nothing takes no place.
      await knock(limited.url, withToken(someone.token), { 'Sec-WebSocket-Key': '' });
      const other = await limited.signUp();
      await other.open();
      first.socket.close();
      await first.closed;
      await sleep(20);
      const again = await someone.open();
      expect(await again.next()).toMatchObject({ type: 'connected' });
    } finally {
      await hangUpAll();
      await limited.close();
    }
  });

  it('so many open connections of an address, as far as proxies are trusted', async () => {
    const env = { RATE_LIMIT_ENABLED: 'true', WS_MAX_PER_ADDRESS: '1', TRUST_PROXY: '1' };
    const limited = await startSockets({ env });
    try {
      const someone = await limited.signUp();
      const from = (address: string) => ({ options: { headers: { 'X-Forwarded-For': address } } });
      await someone.open(from('198.51.100.1'));
      await expect(someone.open(from('198.51.100.1'))).rejects.toThrow('429');
      await expect(someone.open(from('203.0.113.9, 198.51.100.1'))).rejects.toThrow('429');
      await someone.open(from('198.51.100.2'));
    } finally {
      await hangUpAll();
      await limited.close();
    }
  });
});

describe('connections of one address, plain ones too', () => {
  it('are closed at once beyond WS_MAX_PER_ADDRESS and a few; a handshake by those is told so; a socket counts once', async () => {
    const limited = await startSockets({ env: { RATE_LIMIT_ENABLED: 'true', WS_MAX_PER_ADDRESS: '6' } });
    const idle: Socket[] = [];
    try {
      const someone = await limited.signUp();
      await someone.open();
      let closed = 0;
      const connect = () => {
        const socket = raw(limited.url);
        socket.on('error', () => undefined).on('close', () => (closed += 1));
        idle.push(socket);
      };
      // One place each: the socket, at most one connection that fetch keeps for later, and four or five of these.
      for (let index = 0; index < 8; index += 1) connect();
      await expect(someone.open()).rejects.toThrow('429');
      expect(closed).toBe(0);
      for (let index = 0; index < 20; index += 1) connect();
      await until(() => closed >= 7, 5_000);
      expect(closed).toBeLessThanOrEqual(8);
      for (const socket of idle) socket.destroy();
      await until(() => closed === 28, 5_000);
      await sleep(50);
      for (let index = 0; index < 3; index += 1) await someone.open();
    } finally {
      for (const socket of idle) socket.destroy();
      await hangUpAll();
      await limited.close();
    }
  });

  it('of a trusted proxy are not', async () => {
    const env = { RATE_LIMIT_ENABLED: 'true', WS_MAX_PER_ADDRESS: '2', TRUST_PROXY: 'loopback' };
    const behind = await startSockets({ env });
    try {
      const someone = await behind.signUp();
      for (let index = 0; index < 5; index += 1) {
        await someone.open({ options: { headers: { 'X-Forwarded-For': `198.51.100.${index}` } } });
      }
    } finally {
      await hangUpAll();
      await behind.close();
    }
  });
});

describe('AUTH_MODE=open', () => {
  it('whoever shows no token is the test user; a token is checked, a foreign page is not served', async () => {
    const house = await startSockets({ env: { AUTH_MODE: 'open' } });
    try {
      const device = await open(house.url);
      expect(await device.next()).toMatchObject({ type: 'connected', payload: { user_id: 'test-user-id' } });
      expect(await knock(house.url, withToken('abc'))).toMatchObject({ status: 401 });
      expect(await knock(house.url, PATH, { Origin: 'https://evil.example' })).toMatchObject({ status: 403 });
    } finally {
      await hangUpAll();
      await house.close();
    }
  });
});

it('no token in any log line', async () => {
  const someone = await sockets.signUp();
  const device = await someone.open();
  device.say({ type: 'auth.renew', payload: { token: someone.token } });
  await device.heard();
  await open(sockets.url, { protocols: [`authorization.bearer.${someone.token}`] });
  await knock(sockets.url, `/nowhere?token=${someone.token}`);
  await knock(sockets.url, `/v1/ws/timers/${someone.token}`);
  await knock(sockets.url, withToken(someone.token, '&dialect=morse'));
  await knock(sockets.url, withToken(someone.token), { Origin: 'https://evil.example' });
  device.say({ type: 'auth.renew', payload: { token: `${someone.token}x` } });
  await device.closed;
  const [head = '', , signature = ''] = someone.token.split('.');
  expect(lines.some((line) => line.includes('handshake refused'))).toBe(true);
  for (const secret of [someone.token, signature, `${head}.`, 'token=']) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});

it('the socket is an ordinary one for the library of the guide', async () => {
  const socket = new WebSocket(socketUrl(sockets.url, { token: person.token, query: { timezone: 'Asia/Seoul' } }));
  const opened = new Promise((resolve) => socket.on('open', resolve));
  await opened;
  expect(socket.extensions).toBe('');
  socket.terminate();
});
