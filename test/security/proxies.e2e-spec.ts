import { allHeaders, Http, newEmail, PASSWORD, type Reply } from '../support/http.js';
import { knock } from '../support/sockets.js';

/** Behind proxies and in apps: what a client's address and the server's own pages are (docs/operations/running.md). */

const SOCKET = '/v1/ws/timers';
const started: Http[] = [];

async function start(env: Record<string, string>): Promise<Http> {
  const http = await Http.start({ env, ...(started[0] ? { connection: started[0].connection } : {}) });
  started.push(http);
  return http;
}

afterAll(async () => {
  for (const http of started) await http.close();
});

const corsOf = (reply: Reply): string | undefined => allHeaders(reply)['access-control-allow-origin'];

/** Whether a page of an origin may read REST answers, and open a person's socket and a room's. */
async function allowed(http: Http, headers: Record<string, string>): Promise<{ rest: boolean; sockets: number[] }> {
  const { access_token: token } = await http.signUp();
  const { room_id: id } = (
    (await http.post('/api/v1/rooms', { room_name: 'a-room' })).body as {
      data: { room_id: string };
    }
  ).data;
  const answer = await http.call({ method: 'GET', path: '/v1/users/me', token, headers });
  const sockets = [
    await knock(http.url, `${SOCKET}?token=${token}`, headers),
    await knock(http.url, `/ws/room/${id}`, headers),
  ];
  return { rest: corsOf(answer) === headers['Origin'], sockets: sockets.map(({ status }) => status) };
}
const ALLOWED = { rest: true, sockets: [101, 101] };
const REFUSED = { rest: false, sockets: [403, 403] };

describe('a client behind a proxy that writes ports and brackets into X-Forwarded-For', () => {
  const spellings = (port: number) => [
    [`203.0.113.10:${port}`, `[2001:db8::${port.toString(16)}]:${port}`, `[::ffff:203.0.113.99]:${port}`],
  ];
  const [FIRST = []] = spellings(50_000);

  it.each(FIRST.map((_, index) => index))('is one client for logins: spelling %i', async (index) => {
    const http = await start({ RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '1' });
    const email = newEmail();
    const statuses: number[] = [];
    for (let port = 50_000; port < 50_014; port += 1) {
      const headers = { 'X-Forwarded-For': spellings(port)[0]?.[index] ?? '' };
      const body = { email, password: PASSWORD };
      statuses.push((await http.call({ path: '/v1/auth/login', body, headers })).status);
    }
    expect(statuses.slice(-4)).toEqual([429, 429, 429, 429]);
    expect(statuses.slice(0, 10)).not.toContain(429);
  });

  it('is one client for a room’s limits, and for open sockets and handshakes', async () => {
    const env = { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: 'loopback', WS_MAX_PER_ADDRESS: '1', RATE_LIMIT_MAX: '5' };
    const http = await start({ ...env, RATE_LIMIT_WINDOW_SECONDS: '60' });
    let port = 50_000;
    const room = () =>
      http.call({
        method: 'GET',
        path: '/api/v1/rooms/00000000-0000-4000-8000-000000000000',
        headers: { 'X-Forwarded-For': `203.0.113.11:${(port += 1)}, 127.0.0.1:${port}` },
      });
    const statuses: number[] = [];
    for (let call = 0; call < 7; call += 1) statuses.push((await room()).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429]);
    let last = 0;
    for (let handshake = 0; handshake < 205; handshake += 1) {
      const headers = { 'X-Forwarded-For': `203.0.113.12:${(port += 1)}` };
      last = (await knock(http.url, SOCKET, headers)).status;
    }
    expect(last).toBe(429);
  });
});

describe('a proxy that rewrites Host', () => {
  it('leaves the pages of PUBLIC_URL the server’s own: CORS, sockets, cookie and policy', async () => {
    const http = await start({ PUBLIC_URL: 'https://timers.example' });
    const rewritten = { Host: 'upstream:8000', Origin: 'https://timers.example' };
    expect(await allowed(http, rewritten)).toEqual(ALLOWED);
    expect(await allowed(http, { ...rewritten, Origin: 'https://evil.test' })).toEqual(REFUSED);
    const body = { email: newEmail(), password: PASSWORD, cookie: true };
    const signedUp = await http.call({ path: '/v1/auth/signup', body, headers: rewritten });
    const [cookie = ''] = allHeaders(signedUp)['set-cookie'] ?? [];
    const refresh = (headers: Record<string, string>) =>
      http.call({ path: '/v1/auth/refresh', body: {}, headers: { ...headers, Cookie: cookie.split(';')[0] ?? '' } });
    expect((await refresh({ ...rewritten, Origin: 'https://evil.test' })).status).toBe(401);
    expect((await refresh(rewritten)).status).toBe(200);
    for (const path of ['/', '/playground']) {
      const page = await http.call({ method: 'GET', path, headers: { Host: 'upstream:8000', Accept: 'text/html' } });
      const policy = String(allHeaders(page)['content-security-policy']);
      expect(policy).toContain(`connect-src 'self' ws://timers.example wss://timers.example;`);
      expect(policy).not.toContain('upstream');
    }
  });

  it('may say in X-Forwarded-Host what the client asked, if it is trusted', async () => {
    const headers = { Host: 'upstream', Origin: 'https://timers.example', 'X-Forwarded-Host': 'timers.example' };
    expect(await allowed(await start({ TRUST_PROXY: '1' }), headers)).toEqual(ALLOWED);
    expect(await allowed(await start({}), headers)).toEqual(REFUSED);
  });
});

describe('a list of origins', () => {
  it('never shuts out the server’s own pages', async () => {
    const http = await start({ CORS_ALLOWED_ORIGINS: 'https://app.example', PUBLIC_URL: 'https://timers.example' });
    for (const [origin, host] of [
      ['https://app.example', 'timers.example'],
      ['https://timers.example', 'timers.example'],
      ['http://inside:8000', 'inside:8000'],
    ] as const) {
      expect([origin, await allowed(http, { Origin: origin, Host: host })]).toEqual([origin, ALLOWED]);
    }
    expect(await allowed(http, { Origin: 'http://localhost:3000' })).toEqual(REFUSED);
  });

  it('may name the schemes of apps, and null', async () => {
    const apps = ['capacitor://localhost', 'tauri://localhost', 'app://obsidian.md', 'null'];
    const http = await start({ CORS_ALLOWED_ORIGINS: apps.join(',') });
    for (const Origin of apps) expect([Origin, await allowed(http, { Origin })]).toEqual([Origin, ALLOWED]);
    for (const Origin of ['capacitor://evil.test', 'app://evil.test', 'https://obsidian.md', 'file://']) {
      expect([Origin, await allowed(http, { Origin })]).toEqual([Origin, REFUSED]);
    }
    const without = await start({ CORS_ALLOWED_ORIGINS: 'capacitor://localhost' });
    expect(await allowed(without, { Origin: 'null' })).toEqual(REFUSED);
  });
});

describe('the port that a scheme has anyway', () => {
  it.each([
    ['https://timers.example', 'timers.example:443', ALLOWED],
    ['https://timers.example:443', 'timers.example', ALLOWED],
    ['http://timers.example', 'timers.example:80', ALLOWED],
    ['http://timers.example:80', 'timers.example', ALLOWED],
    ['https://timers.example', 'timers.example:8443', REFUSED],
    ['https://timers.example:8443', 'timers.example', REFUSED],
  ])('%s at Host %s', async (Origin, Host, expected) => {
    expect(await allowed(started[0] ?? (await start({})), { Origin, Host })).toEqual(expected);
  });
});

describe('where a share URL leads without PUBLIC_URL', () => {
  const shareUrl = async (http: Http, headers: Record<string, string>): Promise<string> => {
    const { body } = await http.call({ path: '/api/v1/rooms', body: { room_name: 'a-room' }, headers });
    const { data } = body as { data: { share_url: string; room_id: string } };
    return data.share_url.replace(`/room/${data.room_id}`, '');
  };

  it('never to a host of the creator’s choice', async () => {
    const http = await start({ PORT: '8000' });
    for (const Host of ['evil.example', 'evil.example:80', '203.0.113.7', 'localhost:1', 'localhost.evil.example']) {
      expect([Host, await shareUrl(http, { Host, 'X-Forwarded-Host': 'evil.example' })]).toEqual([
        Host,
        'http://localhost:8000',
      ]);
    }
    expect(await shareUrl(http, {})).toBe(http.url);
    const port = new URL(http.url).port;
    expect(await shareUrl(http, { Host: `localhost:${port}` })).toBe(`http://localhost:${port}`);
  });

  it('to where a trusted proxy says', async () => {
    const http = await start({ TRUST_PROXY: '1', PORT: '8000' });
    const forwarded = { 'X-Forwarded-Host': 'timers.example', 'X-Forwarded-Proto': 'https' };
    expect(await shareUrl(http, { Host: 'upstream', ...forwarded })).toBe('https://timers.example');
    expect(await shareUrl(http, { Host: 'evil.example' })).toBe('http://localhost:8000');
  });
});

it('/metrics on the loopback answers names that lead to no stranger alone', async () => {
  const http = await start({});
  const metrics = async (headers: Record<string, string>) =>
    (await http.call({ method: 'GET', path: '/metrics', headers })).status;
  for (const Host of ['localhost:8000', '127.0.0.1', '[::1]:8000', 'metronome']) {
    expect([Host, await metrics({ Host })]).toEqual([Host, 200]);
  }
  for (const Host of ['evil.com', 'evil.com:8000', 'localhost.evil.com']) {
    expect([Host, await metrics({ Host })]).toEqual([Host, 404]);
  }
  const withToken = await start({ METRICS_TOKEN: 'a token of the scraper' });
  const headers = { Host: 'timers.example.com', Authorization: 'Bearer a token of the scraper' };
  expect((await withToken.call({ method: 'GET', path: '/metrics', headers })).status).toBe(200);
});
