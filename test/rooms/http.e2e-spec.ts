import { Pool } from 'pg';

import { ForgottenRooms } from '../../src/rooms/rooms/forgotten-rooms.js';
import { hangUpAll, knock, raw } from '../support/sockets.js';
import { until } from '../support/server.js';
import { HandClock } from '../support/domain.js';
import { failure, type House, notFound, seen, startHouse, type TestRoom } from '../support/rooms.js';

/**
 * What surrounds the rooms' calls: limits, envelopes, pages, other origins, and rooms that are forgotten
 * (docs/spec/rooms.md#limits).
 */

const HTML = 'text/html; charset=utf-8';
const UNKNOWN = '550e8400-e29b-41d4-a716-446655440000';

describe('limits', () => {
  let house: House;

  beforeAll(async () => {
    const env = { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_MAX: '60', RATE_LIMIT_WINDOW_SECONDS: '2', TRUST_PROXY: '1' };
    house = await startHouse({ env });
  });
  afterAll(() => house.close());

  /** Somebody behind an address of their own. */
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
  const standing = ({ headers }: { headers: Headers }) =>
    ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`));

  it('every answer says where its client stands, refusals and unknown routes too', async () => {
    const calls: [string, string, object?][] = [
      ['POST', '/api/v1/rooms', { body: { room_name: 'team-alpha' } }],
      ['POST', '/api/v1/rooms', { body: '{' }],
      ['GET', `/api/v1/rooms/${UNKNOWN}`],
      ['GET', '/api/v1/nothing'],
      ['PUT', '/api/v1/rooms'],
      ['GET', '/api/v1'],
    ];
    for (const [index, [method, path, sent]] of calls.entries()) {
      const reply = await house.call(method, path, { ...sent, ...from('198.51.100.1') });
      const [limit, remaining, reset] = standing(reply);
      expect([path, limit, remaining]).toEqual([path, '60', String(59 - index)]);
      expect(Math.abs(Number(reset) - Date.now() / 1_000)).toBeLessThanOrEqual(3);
    }
    const refused = await house.call('GET', '/api/v1/nothing', { token: 'x', ...from('198.51.100.7') });
    expect([refused.status, standing(refused)[1]]).toEqual([401, '59']);
  });

  it('health is free', async () => {
    for (const path of ['/health', '/api/v1/health', '/api/v1/health/']) {
      expect(standing(await house.call('GET', path, from('198.51.100.2')))).toEqual([null, null, null]);
    }
  });

  it('what is over the limit is 429 with Retry-After, until the window is over', async () => {
    const calls = Array.from({ length: 61 }, () => house.call('GET', '/api/v1/nothing', from('198.51.100.3')));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect([
      statuses.filter((status) => status === 404).length,
      statuses.filter((status) => status === 429).length,
    ]).toEqual([60, 1]);
    const reply = await house.call('GET', `/api/v1/rooms/${UNKNOWN}`, from('198.51.100.3'));
    expect(seen(reply)).toEqual(failure(429, 'RATE_LIMITED', 'Too many requests'));
    expect(reply.headers.get('retry-after')).toMatch(/^[12]$/);
    expect(standing(reply).slice(0, 2)).toEqual(['60', '0']);
    expect(await house.call('GET', '/api/v1/nothing', from('198.51.100.4'))).toMatchObject({ status: 404 });
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    expect(await house.call('GET', '/api/v1/nothing', from('198.51.100.3'))).toMatchObject({ status: 404 });
  });

  it('a person is one client wherever they call from', async () => {
    const { token } = await house.signUp();
    const one = await house.call('GET', '/api/v1/nothing', { token, headers: from('198.51.100.5').headers });
    const other = await house.call('GET', '/api/v1/nothing', { token, headers: from('198.51.100.6').headers });
    expect([standing(one)[1], standing(other)[1]]).toEqual(['59', '58']);
  });

  it('60 rooms in 10 minutes and address; 429 comes before everything else', async () => {
    const body = { room_name: 'team-alpha' };
    const address = () => `203.0.113.${Math.floor(Math.random() * 250)}`;
    const hop = address();
    const create = (n: number) =>
      house.call('POST', '/api/v1/rooms', { body, headers: { 'X-Forwarded-For': `${n}, ${hop}` } });
    const first = await Promise.all(Array.from({ length: 30 }, (_, index) => create(index)));
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    const second = await Promise.all(Array.from({ length: 31 }, (_, index) => create(index)));
    const statuses = [...first, ...second].map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(60);
    const last = [...second].find(({ status }) => status !== 201);
    expect(last && seen(last)).toEqual(failure(429, 'RATE_LIMITED', 'Too many requests'));
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(590);
  });
});

describe('envelopes, pages and pages elsewhere', () => {
  let house: House;
  let room: TestRoom;

  beforeAll(async () => {
    house = await startHouse();
    room = await house.create();
  });
  afterEach(() => hangUpAll());
  afterAll(() => house.close());

  describe('the error envelope everywhere under /api/v1', () => {
    const any = expect.any(String) as string;

    it.each([
      ['GET', '/api/v1', 404, 'NOT_FOUND'],
      ['GET', '/api/v1/', 404, 'NOT_FOUND'],
      ['GET', '/api/v1/%zz', 400, 'BAD_REQUEST'],
      ['GET', '/api/v1/rooms/%zz', 400, 'BAD_REQUEST'],
      ['POST', '/api/v1/rooms/%zz/timer/start', 400, 'BAD_REQUEST'],
      ['GET', '/api/v1/rooms/%C0%80', 400, 'BAD_REQUEST'],
      ['GET', '/api/v1/rooms/%00', 404, 'ROOM_NOT_FOUND'],
      ['GET', '/api/v1/ROOMS', 404, 'NOT_FOUND'],
      ['POST', '/api/v1/rooms/x/timer/stop', 404, 'NOT_FOUND'],
      ['TRACE', '/api/v1/rooms', 405, 'METHOD_NOT_ALLOWED'],
      ['PROPFIND', '/api/v1/rooms', 405, 'METHOD_NOT_ALLOWED'],
    ])('%s %s: %i', async (method, path, status, code) => {
      const answer = await bytes(method, path);
      expect([answer.status, answer.type]).toEqual([status, 'application/json; charset=utf-8']);
      expect(answer.body).toEqual({ status: 'error', error: { code, message: any } });
    });

    it('no JSON at all', async () => {
      const headers = { 'Content-Type': 'text/plain' };
      expect(seen(await house.call('POST', '/api/v1/rooms', { body: 'hello', headers }))).toMatchObject({
        body: { status: 'error', error: { code: any, message: any } },
      });
    });

    it('of equal keys the last one counts', async () => {
      const body = '{"room_name": "team-alpha", "room_name": "team-beta"}';
      expect(await house.call('POST', '/api/v1/rooms', { body })).toMatchObject({
        status: 201,
        body: { data: { room_name: 'team-beta' } },
      });
    });
  });

  /** What a request of exactly this target is answered with: fetch would mend it. */
  async function bytes(method: string, target: string): Promise<{ status: number; type: string; body: unknown }> {
    const socket = raw(house.url);
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
    const type = /content-type: (.*)/i.exec(head)?.[1]?.trim() ?? '';
    return { status: Number(head.split(' ')[1]), type, body: JSON.parse(body.replace(/^[0-9a-f]+\r\n|\r\n0$/g, '')) };
  }

  describe('the share URL', () => {
    const open = (path: string, accept?: string) =>
      house.call('GET', path, accept === undefined ? {} : { headers: { Accept: accept } });

    it.each([
      ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', HTML],
      ['*/*', HTML],
      ['text/html', HTML],
      ['application/json', 'application/json; charset=utf-8'],
      ['application/json, text/html;q=0.5', 'application/json; charset=utf-8'],
    ])('asked for %s: %s', async (accept, type) => {
      const reply = await open(`/room/${room.id}`, accept);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, type]);
      expect(reply.headers.get('vary')?.toLowerCase()).toContain('accept');
      if (type === HTML) expect(reply.body).toContain('team-alpha');
      else expect(seen(reply)).toEqual(seen(await room.call('GET')));
    });

    it('is what creation said', async () => {
      const { data } = room.creation.body as { data: { share_url: string } };
      const reply = await fetch(data.share_url, { headers: { Accept: 'text/html' } });
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, HTML]);
    });

    it.each([UNKNOWN, 'abc', '%3Cscript%3E'])('of no room (%s): a 404 page, or JSON', async (id) => {
      const page = await open(`/room/${id}`, 'text/html');
      expect([page.status, page.headers.get('content-type')]).toEqual([404, HTML]);
      expect(page.body).not.toContain('<script>');
      const json = await open(`/room/${id}`, 'application/json');
      expect([json.status, json.body]).toMatchObject([404, { status: 'error', error: { code: 'ROOM_NOT_FOUND' } }]);
    });
  });

  it('health, twice, without an envelope', async () => {
    const [one, other] = [await house.call('GET', '/health'), await house.call('GET', '/api/v1/health')];
    expect(Object.keys(one.body as object)).toEqual(['status', 'timestamp', 'version']);
    expect({ ...(one.body as object), timestamp: 0 }).toEqual({ ...(other.body as object), timestamp: 0 });
  });

  describe('a front end on another origin', () => {
    const ORIGIN = 'http://localhost:3000';

    it('may use every call and header, and reads what it needs', async () => {
      const asked = 'content-type,x-host-token,x-participant-token,authorization,idempotency-key';
      const preflight = await house.call('OPTIONS', `${room.path}/timer/start`, {
        headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': asked },
      });
      const of = (name: string) => preflight.headers.get(`access-control-${name}`);
      expect([preflight.status, of('allow-origin'), of('allow-headers')]).toEqual([204, ORIGIN, asked]);
      expect(of('allow-methods')?.split(',')).toEqual(expect.arrayContaining(['GET', 'POST', 'PATCH', 'DELETE']));
      const reply = await room.call('GET', '', { headers: { Origin: ORIGIN } });
      const exposed = reply.headers.get('access-control-expose-headers')?.split(',');
      expect(exposed).toEqual(expect.arrayContaining(['X-RateLimit-Limit', 'X-RateLimit-Reset', 'Retry-After']));
    });

    it('is the host by X-Host-Token and by the subprotocol, not by the cookie', async () => {
      await room.call('PATCH', '', { ...room.asHost, body: { control: 'host' } });
      const from = (headers: Record<string, string>) =>
        room.timer('reset', { headers: { Origin: ORIGIN, ...headers } });
      expect(await from({ 'X-Host-Token': room.hostToken })).toMatchObject({ status: 200 });
      expect(await from({ Cookie: room.cookie })).toMatchObject({ status: 403 });
      const protocols = [`host.${room.hostToken}`];
      const device = await room.enter({ protocols, options: { headers: { Origin: ORIGIN } } });
      expect(await device.ask({ action: 'start_timer' })).toMatchObject({ data: { status: 'running' } });
    });

    it('a page that is not allowed gets no CORS header, and no socket', async () => {
      const Origin = 'https://evil.example';
      const reply = await room.call('GET', '', { headers: { Origin } });
      expect(reply.headers.get('access-control-allow-origin')).toBeNull();
      expect(await knock(house.url, `/ws/room/${room.id}`, { Origin })).toMatchObject({
        status: 403,
        body: { status: 'error', error: { code: 'FORBIDDEN' } },
      });
    });
  });
});

describe('where share URLs lead', () => {
  it.each([
    [{}, undefined],
    [{ PUBLIC_URL: 'https://timer.example' }, 'https://timer.example'],
    [{ PUBLIC_URL: 'https://timer.example', SHARE_URL_BASE: 'http://localhost:3000' }, 'http://localhost:3000'],
  ])('with %j', async (env, base) => {
    const house = await startHouse({ env });
    try {
      const room = await house.create();
      const { data } = room.creation.body as { data: { share_url: string } };
      expect(data.share_url).toBe(`${base ?? house.url}/room/${room.id}`);
      const isSecure = room.creation.headers.getSetCookie().every((line) => line.includes('Secure'));
      expect(isSecure).toBe('PUBLIC_URL' in env);
    } finally {
      await house.close();
    }
  });
});

describe('a room that nobody uses', () => {
  const DAY = 86_400;
  let house: House;

  beforeAll(async () => {
    house = await startHouse({
      env: { ROOM_RETENTION: '30d' },
      clock: new HandClock(Date.parse('2026-04-01T00:00:00Z')),
    });
  });
  afterEach(() => hangUpAll());
  afterAll(() => house.close());

  const sweep = () => house.app.get(ForgottenRooms).sweep();

  it('is deleted after ROOM_RETENTION, with everything in it; whoever looks at it keeps it', async () => {
    const [forgotten, used] = [await house.create(), await house.create()];
    await forgotten.timer('start');
    await forgotten.timer('reset');
    await house.later(20 * DAY);
    await used.call('GET');
    await house.later(10 * DAY - 60);
    expect(await sweep()).toBe(0);
    await house.later(2 * 3_600);
    expect(await sweep()).toBe(1);
    expect(seen(await forgotten.call('GET'))).toEqual(notFound(forgotten.id));
    const left = await house.dataSource.query<unknown[]>(`SELECT FROM timers WHERE room_id = $1`, [forgotten.id]);
    expect([left, (await used.call('GET')).status]).toEqual([[], 200]);
  });

  it('not while somebody is in it or was, and not while a session is on or was', async () => {
    const [occupied, working] = [await house.create(), await house.create()];
    const device = await occupied.enter();
    await working.timer('start');
    await house.later(60);
    await working.timer('pause');
    for (let day = 0; day < 40; day += 1) await house.later(DAY);
    await sweep();
    const here = async (room: TestRoom) =>
      (await house.dataSource.query<unknown[]>('SELECT FROM rooms WHERE id = $1', [room.id])).length;
    expect([await here(occupied), await here(working)]).toEqual([1, 1]);
    device.socket.close();
    await device.closed;
    await house.later(29 * DAY);
    await sweep();
    expect(await here(occupied)).toBe(1);
  });

  it('ROOM_RETENTION=0 keeps all', async () => {
    const keeping = await startHouse({ env: { ROOM_RETENTION: '0' } });
    try {
      await keeping.create();
      await keeping.later(4_000 * DAY);
      expect(await keeping.app.get(ForgottenRooms).sweep()).toBe(0);
    } finally {
      await keeping.close();
    }
  });

  const isEmpty = async ({ id }: TestRoom): Promise<boolean> => {
    const there = `SELECT FROM room_presence WHERE room_id = $1 AND went_at IS NULL`;
    return (await house.dataSource.query<unknown[]>(there, [id])).length === 0;
  };

  it('a deletion is the same for members as by the host', async () => {
    const { id, token } = await house.signUp();
    const room = await house.create({ work_duration_minutes: 1 });
    const device = await room.enter({ token });
    await room.timer('start');
    await house.later(60);
    await house.tick();
    await room.timer('reset');
    device.socket.close();
    await device.closed;
    await until(() => isEmpty(room), 5_000);
    await house.later(32 * DAY);
    await sweep();
    expect(seen(await room.call('GET'))).toEqual(notFound(room.id));
    const kept = await house.dataSource.query<unknown[]>(`SELECT room_name FROM kept_attendances WHERE user_id = $1`, [
      id,
    ]);
    expect(kept).toEqual([{ room_name: 'team-alpha' }]);
  });
});

describe('503 while the database is away', () => {
  it('over REST, with Retry-After, in the envelope', async () => {
    const house = await startHouse();
    try {
      const room = await house.create();
      const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const query = jest.spyOn(house.app.get(Pool), 'query') as unknown as jest.SpyInstance<Promise<unknown>>;
      query.mockRejectedValue(away);
      const reply = await room.call('GET');
      expect(seen(reply)).toMatchObject({ status: 503, body: { error: { code: 'SERVICE_UNAVAILABLE' } } });
      expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
    } finally {
      jest.restoreAllMocks();
      await house.close();
    }
  });
});
