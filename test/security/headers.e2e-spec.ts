import { allHeaders, Http, type Reply } from '../support/http.js';
import { knock } from '../support/sockets.js';

/** What answers tell browsers (docs/security.md, "Headers"). */

let http: Http;
let behindHttps: Http;

beforeAll(async () => {
  http = await Http.start();
  const env = { PUBLIC_URL: 'https://timers.example' };
  behindHttps = await Http.start({ connection: http.connection, env });
});
afterAll(async () => {
  await behindHttps.close();
  await http.close();
});

const EVERYWHERE = [
  ['GET', '/'],
  ['GET', '/app'],
  ['GET', '/health'],
  ['GET', '/openapi.json'],
  ['GET', '/v1/users/me'],
  ['GET', '/v1/nowhere'],
  ['GET', '/nowhere'],
  ['PUT', '/v1/auth/login'],
  ['GET', '/v1/%E0%A4%A'],
  ['POST', '/v1/user/timer/start/'],
  ['POST', '/api/v1/rooms'],
  ['OPTIONS', '/v1/timers'],
] as const;

const headersOf = async (server: Http, method: string, path: string) => allHeaders(await server.call({ method, path }));

it.each(EVERYWHERE)('%s %s is taken for what it says, and does not say what serves it', async (method, path) => {
  const headers = await headersOf(http, method, path);
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  for (const name of ['x-powered-by', 'server', 'strict-transport-security']) {
    expect(headers).not.toHaveProperty(name);
  }
  // Only the documents are the same for every caller.
  expect('etag' in headers).toBe(path === '/openapi.json');
});

it('keeps browsers to https where it is reached by it', async () => {
  for (const [method, path] of EVERYWHERE) {
    const headers = await headersOf(behindHttps, method, path);
    expect([path, headers['strict-transport-security']]).toEqual([path, 'max-age=31536000']);
  }
});

it.each(['/', '/app', '/room/00000000-0000-4000-8000-000000000000'])(
  '%s loads nothing from elsewhere',
  async (path) => {
    const headers = allHeaders(await http.call({ method: 'GET', path, headers: { Accept: 'text/html' } }));
    expect(headers).toMatchObject({
      'content-security-policy':
        `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; ` +
        `connect-src 'self' ws://${http.host} wss://${http.host}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
  },
);

it('puts no Host of a client’s choice into the policy of a page', async () => {
  const headers = { Accept: 'text/html', Host: `evil.example; script-src *` };
  const page = await http.call({ method: 'GET', path: '/', headers });
  expect(String(allHeaders(page)['content-security-policy'])).not.toContain('evil.example');
});

it('writes a room’s address into its page as text', async () => {
  const path = `/room/${encodeURIComponent('<script>alert(1)</script>')}`;
  const page = await http.call({ method: 'GET', path, headers: { Accept: 'text/html' } });
  expect(page.status).toBe(404);
  expect(String(page.body)).not.toContain('alert(1)');
});

describe('cookies', () => {
  const room = (server: Http, headers: Record<string, string> = {}) =>
    server.call({ path: '/api/v1/rooms', body: { room_name: 'a-room' }, headers });
  const cookiesOf = (reply: Reply): string[] => allHeaders(reply)['set-cookie'] ?? [];

  it('are HttpOnly, SameSite=Strict, for their path alone, and Secure over https', async () => {
    const signUp = {
      path: '/v1/auth/signup',
      body: { email: 'cookie@example.com', password: 'correct horse', cookie: true },
    };
    const plain = [...cookiesOf(await room(http)), ...cookiesOf(await http.call(signUp))];
    const secret = { ...signUp, body: { ...signUp.body, email: 'other@example.com' } };
    const secure = [...cookiesOf(await room(behindHttps)), ...cookiesOf(await behindHttps.call(secret))];
    expect([plain.length, secure.length]).toEqual([3, 3]);
    const paths = /; Path=\/(v1\/auth|api\/v1\/rooms\/[\da-f-]{36}|ws\/room\/[\da-f-]{36});/;
    for (const cookie of [...plain, ...secure]) {
      expect(cookie).toMatch(/; HttpOnly/);
      expect(cookie).toMatch(/; SameSite=Strict/);
      expect(cookie).toMatch(paths);
      expect(cookie).not.toMatch(/; Domain=/);
    }
    expect(plain.filter((cookie) => cookie.includes('Secure'))).toEqual([]);
    expect(secure.filter((cookie) => !cookie.includes('; Secure'))).toEqual([]);
  });

  it('of a host work from our own pages and from no page, and from nowhere else', async () => {
    const created = await room(http);
    const [cookie = ''] = cookiesOf(created);
    const { room_id: id } = (created.body as { data: { room_id: string } }).data;
    const change = (headers: Record<string, string>) =>
      http.call({
        method: 'PATCH',
        path: `/api/v1/rooms/${id}`,
        body: { control: 'host' },
        headers: { Cookie: cookie.split(';')[0] ?? '', ...headers },
      });
    const rows: [Record<string, string>, number][] = [
      [{}, 200],
      [{ Origin: http.url }, 200],
      [{ 'Sec-Fetch-Site': 'same-origin' }, 200],
      [{ Origin: 'https://evil.example' }, 403],
      [{ Origin: 'null' }, 403],
      [{ Origin: `${http.url}.evil.example` }, 403],
      [{ Origin: 'http://localhost:3000' }, 403],
      [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
      [{ 'Sec-Fetch-Site': 'same-site' }, 403],
    ];
    for (const [headers, status] of rows) {
      const answer = await change(headers);
      expect([headers, answer.status]).toEqual([headers, status]);
    }
  });
});

it('answers a refused handshake with the bytes of one answer, whatever the target holds', async () => {
  const refused = await knock(http.url, '/v1/ws/timers?token=a%0d%0aSet-Cookie:%20x=1', {});
  expect(refused.status).toBe(401);
  expect(refused.headers).not.toHaveProperty('set-cookie');
});
