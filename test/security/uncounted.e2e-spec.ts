import { randomBytes } from 'node:crypto';

import { Database } from '../../src/database/database.js';
import { FailedAuthentications } from '../../src/rate-limits/failed-authentications.js';
import { allHeaders, Http, type Reply } from '../support/http.js';
import { knock } from '../support/sockets.js';

/** Calls that cost something and are counted for nobody else: each has a bound of its own. */
let http: Http;

beforeAll(async () => {
  http = await Http.start({ env: { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '1', RATE_LIMIT_MAX: '20' } });
});
afterAll(() => http.close());

let clients = 0;
const newAddress = (): string => `203.0.113.${(clients += 1)}`;
const from = (address: string) => ({ 'X-Forwarded-For': address });

const CHECK = '/v1/user/info/manage/basic/checktoken/';
const withToken = (token: string, address: string): Promise<Reply> =>
  http.call({ method: 'GET', path: CHECK, headers: { Authorization: `Token ${token}`, ...from(address) } });
const withJwt = (token: string, address: string, path = '/v1/users/me'): Promise<Reply> =>
  http.call({ method: 'GET', path, token, headers: from(address) });

/** 599 of the 600 failures that an address has in a minute. */
async function failAlmostAll(address: string): Promise<void> {
  const failed = http.app.get(FailedAuthentications);
  for (let time = 0; time < 599; time += 1) await failed.note(address);
}

/** How often the database is asked while `act` runs. */
async function asked(act: () => Promise<unknown>): Promise<number> {
  const query = jest.spyOn(http.app.get(Database), 'query');
  try {
    await act();
    return query.mock.calls.length;
  } finally {
    query.mockRestore();
  }
}

async function revokedJwt(): Promise<string> {
  const { access_token: token } = await http.signUp();
  await http.post('/v1/auth/logout', undefined, token);
  return token;
}

describe('failures to authenticate', () => {
  const unknownToken = () => randomBytes(20).toString('hex');

  it.each([
    ['unknown legacy tokens', (address: string) => withToken(unknownToken(), address)],
    [
      'calendar secrets',
      (address: string) =>
        http.call({ method: 'GET', path: `/v1/calendar/${unknownToken()}.ics`, headers: from(address) }),
    ],
  ])('%s are counted by address, before the database is asked', async (_what, guess) => {
    const address = newAddress();
    await failAlmostAll(address);
    expect([401, 404]).toContain((await guess(address)).status);
    expect(await asked(() => guess(address))).toBe(0);
    expect((await guess(address)).status).toBe(429);
    expect([401, 404]).toContain((await guess(newAddress())).status);
  });

  it.each(['/v1/users/me', '/api/v1/rooms/550e8400-e29b-41d4-a716-446655440000'])(
    'revoked JWTs at %s are counted, with what they are refused for told until then',
    async (path) => {
      const address = newAddress();
      const token = await revokedJwt();
      await failAlmostAll(address);
      expect((await withJwt(token, address, path)).status).toBe(401);
      const refused = await withJwt(token, address, path);
      expect(refused.status).toBe(429);
      expect(Number(allHeaders(refused)['retry-after'])).toBeGreaterThan(0);
      expect(await asked(() => withJwt(token, address, path))).toBe(0);
    },
  );

  it('are counted on sockets alike', async () => {
    const address = newAddress();
    const target = `/v1/ws/timers?token=${await revokedJwt()}`;
    await failAlmostAll(address);
    const statuses = [];
    for (let time = 0; time < 2; time += 1) statuses.push((await knock(http.url, target, from(address))).status);
    expect(statuses).toEqual([401, 429]);
  });

  it('leave who is known alone, at the same address', async () => {
    const address = newAddress();
    const { access_token: jwt } = await http.signUp();
    const { body } = await http.post('/v1/auth/legacy-tokens', {}, jwt);
    const { token } = body as { token: string };
    const calls = () => Promise.all([withJwt(jwt, address), withToken(token, address)]);
    await calls();
    await failAlmostAll(address);
    await withToken(unknownToken(), address);
    expect((await calls()).map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('a room by its share URL', () => {
  const open = (id: string, accept: string, address: string) =>
    http.call({ method: 'GET', path: `/room/${id}`, headers: { Accept: accept, ...from(address) } });

  it('counts with the rooms’ own calls, as JSON and as a page', async () => {
    const { body } = await http.post('/api/v1/rooms', { room_name: 'team-alpha' });
    const { room_id: id } = (body as { data: { room_id: string } }).data;
    const address = newAddress();
    const first = await open(id, 'application/json', address);
    expect([first.status, allHeaders(first)['x-ratelimit-remaining']]).toEqual([200, '19']);
    for (let time = 0; time < 19; time += 1) await open(id, 'text/html', address);
    const refused = await open(id, 'application/json', address);
    expect(refused).toMatchObject({
      status: 429,
      body: { status: 'error', error: { code: 'RATE_LIMITED', message: 'Too many requests' } },
    });
    const page = await open(id, 'text/html', address);
    expect(page.status).toBe(429);
    expect(page.body).toContain('Too many requests');
    expect(Number(allHeaders(page)['retry-after'])).toBeGreaterThan(0);
    expect((await open(id, 'application/json', newAddress())).status).toBe(200);
  });
});

describe.each(['/openapi.json', '/asyncapi.json'])('%s', (path) => {
  const get = (headers: Record<string, string>) => http.call({ method: 'GET', path, headers });

  it('is sent compressed, and not again to who has it', async () => {
    const packed = allHeaders(await get({ 'Accept-Encoding': 'gzip' }));
    expect(packed).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'application/json; charset=utf-8' });
    const plain = allHeaders(await get({}));
    expect(Number(plain['content-length'])).toBeGreaterThan(4 * Number(packed['content-length']));
    const again = await get({ 'Accept-Encoding': 'gzip', 'If-None-Match': packed.etag ?? '' });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('is made once', async () => {
    await get({});
    const stringify = jest.spyOn(JSON, 'stringify');
    await get({});
    const longest = Math.max(0, ...stringify.mock.results.map(({ value }) => String(value).length));
    stringify.mockRestore();
    expect(longest).toBeLessThan(10_000);
  });
});
