import { describeGuide, originListsOf } from '../guides/guide.js';
import { type Call, Http, newEmail, PASSWORD, type Reply, reply } from '../support/http.js';

const EXPOSED =
  'Link,Deprecation,Retry-After,X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Idempotency-Replayed,X-Server-Time,X-Request-Id';
const PREFLIGHT_VARY = 'Origin, Access-Control-Request-Headers';
const SESSIONS = '/v1/auth/sessions';

const open: Http[] = [];
const start = async (list?: string, env: Record<string, string> = {}): Promise<Http> => {
  const lists = list === undefined ? {} : { CORS_ALLOWED_ORIGINS: list };
  const http = await Http.start({ env: { ...env, ...lists }, ...(open[0] ? { connection: open[0].connection } : {}) });
  open.push(http);
  return http;
};
afterAll(async () => {
  for (const http of open) await http.close();
});

const from = (http: Http, origin: string, call: Partial<Call> = {}): Promise<Reply> =>
  http.call({ method: 'GET', path: SESSIONS, ...call, headers: { Origin: origin, ...call.headers } });
const preflight = (http: Http, origin: string, path = SESSIONS, method = 'DELETE'): Promise<Reply> =>
  from(http, origin, {
    method: 'OPTIONS',
    path,
    headers: {
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'authorization,content-type,x-anything-at-all',
    },
  });
/** What the answer to an allowed page carries. */
const allowed = (origin: string) => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': EXPOSED,
  vary: 'Origin',
});
const corsHeadersOf = ({ headers }: Reply): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('without a list', () => {
  let http: Http;
  beforeAll(async () => {
    http = await start();
  });

  it('allows its own host and localhost on any port', async () => {
    for (const origin of [
      http.url,
      'http://localhost:3000',
      'http://127.0.0.1:5173',
      'http://[::1]',
      'https://localhost',
    ]) {
      expect(await from(http, origin)).toEqual(
        reply(401, { detail: 'Authorization header missing' }, { 'www-authenticate': 'Bearer', ...allowed(origin) }),
      );
    }
    const headers = { Host: 'timer.example' };
    expect((await from(http, 'https://timer.example', { headers })).headers).toMatchObject(
      allowed('https://timer.example'),
    );
  });

  it.each([
    'https://evil.test',
    'http://localhost.evil.test',
    'http://evil.test:3000',
    'http://127.0.0.1.evil.test',
    'http://evil.test?localhost',
    'null',
    'no origin',
  ])('tells %s nothing', async (origin) => {
    expect(corsHeadersOf(await from(http, origin))).toEqual([]);
    expect(corsHeadersOf(await preflight(http, origin))).toEqual([]);
  });

  it('answers a preflight with everything the page asked for', async () => {
    const origin = 'http://localhost:3000';
    for (const [path, method] of [
      [SESSIONS, 'DELETE'],
      ['/v1/user/timer/start/', 'POST'],
      ['/v1/nowhere', 'PATCH'],
    ] as const) {
      expect(await preflight(http, origin, path, method)).toEqual({
        status: 204,
        headers: {
          ...allowed(origin),
          'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS',
          'access-control-allow-headers': 'authorization,content-type,x-anything-at-all',
          'access-control-max-age': '600',
          vary: PREFLIGHT_VARY,
        },
        body: '',
      });
    }
  });

  it('gives no credentials away', async () => {
    const answers = [await from(http, http.url), await preflight(http, http.url)];
    for (const { headers } of answers) expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('lets a page read every kind of answer', async () => {
    const origin = 'http://localhost:3000';
    const { access_token: token } = await http.signUp();
    const calls: [number, Partial<Call>][] = [
      [200, { token }],
      [201, { method: 'POST', path: '/v1/auth/signup', body: { email: newEmail(), password: PASSWORD } }],
      [401, {}],
      [404, { path: '/v1/nowhere' }],
      [404, { path: '/nowhere' }],
      [404, { method: 'DELETE', path: `${SESSIONS}/00000000-0000-4000-8000-000000000000`, token }],
      [405, { method: 'PATCH', path: '/v1/auth/login' }],
      [413, { method: 'POST', path: '/v1/auth/login', body: { email: 'x'.repeat(300_000) } }],
      [422, { method: 'POST', path: '/v1/auth/login', body: {} }],
      [400, { method: 'DELETE', path: `${SESSIONS}/%E0%A4%A`, token }],
      [401, { method: 'POST', path: '/v1/user/timer/start/' }],
    ];
    for (const [status, call] of calls) {
      const answer = await from(http, origin, call);
      expect({ status: answer.status, ...answer.headers }).toMatchObject({ status, ...allowed(origin) });
    }
  });
});

describeGuide('timer-guide-2026-01-28.md', 'with the lists of the guide', (samples) => {
  it('takes them literally', async () => {
    // For development, and for production.
    expect(originListsOf(samples)).toHaveLength(2);
    for (const list of originListsOf(samples)) {
      const http = await start(list);
      const entries = list.split(',');
      expect(entries.some((entry) => entry.startsWith('ws'))).toBe(true);
      for (const entry of entries) {
        const page = entry.replace(/^ws/, 'http');
        expect((await from(http, page)).headers).toMatchObject(allowed(page));
        expect((await preflight(http, page)).headers).toMatchObject({ ...allowed(page), vary: PREFLIGHT_VARY });
      }
      expect(corsHeadersOf(await from(http, 'https://evil.test'))).toEqual([]);
    }
  });
});

describe('with a list', () => {
  it('means exactly its entries, and the server’s own pages', async () => {
    const http = await start('https://example.com, https://App.example.com:443/,wss://api.example.com');
    for (const origin of ['https://example.com', 'https://app.example.com', 'https://api.example.com', http.url]) {
      expect((await from(http, origin)).headers).toMatchObject(allowed(origin));
    }
    for (const origin of [
      'http://example.com',
      'https://example.com:8443',
      'https://www.example.com',
      'https://example.com.evil.test',
      'http://api.example.com',
      'http://localhost:3000',
      'null',
    ]) {
      expect([origin, corsHeadersOf(await from(http, origin))]).toEqual([origin, []]);
    }
  });

  it('stands for every port of localhost', async () => {
    const http = await start('http://localhost:3000');
    expect((await from(http, 'http://localhost:5173')).headers).toMatchObject(allowed('http://localhost:5173'));
    expect(corsHeadersOf(await from(http, 'http://127.0.0.1:3000'))).toEqual([]);
    expect(corsHeadersOf(await from(http, 'https://localhost:3000'))).toEqual([]);
  });

  it('of * allows everybody, and echoes what is asked for', async () => {
    const http = await start('*');
    for (const origin of ['https://evil.test', 'http://localhost:3000', 'null']) {
      expect((await from(http, origin)).headers).toMatchObject(allowed(origin));
      expect((await preflight(http, origin)).headers).toMatchObject({
        'access-control-allow-headers': 'authorization,content-type,x-anything-at-all',
      });
    }
  });
});

describe('with limits', () => {
  it('preflights are free, and a page can read that it called too often', async () => {
    const http = await start(undefined, { RATE_LIMIT_ENABLED: 'true' });
    const origin = 'http://localhost:3000';
    const body = { email: newEmail(), password: PASSWORD };
    const logIn = () => from(http, origin, { method: 'POST', path: '/v1/auth/login', body });
    for (let call = 0; call < 10; call += 1) {
      expect((await preflight(http, origin, '/v1/auth/login', 'POST')).status).toBe(204);
      expect((await logIn()).status).toBe(401);
    }
    const refused = await logIn();
    expect({ status: refused.status, ...refused.headers }).toMatchObject({ status: 429, ...allowed(origin) });
    for (let call = 0; call < 700; call += 1) {
      const answer = await preflight(http, origin, '/v1/auth/login', 'POST');
      if (answer.status !== 204) throw new Error(`preflight ${call}: ${answer.status}`);
    }
  });
});
