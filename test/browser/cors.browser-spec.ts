import { type Browser, chromium, type Page } from 'playwright-core';

import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { describeGuide, originListsOf } from '../guides/guide.js';
import { knock } from '../support/sockets.js';

/** What a page of another origin may do and read, in Chromium (docs/spec/v1.md#41-cors; seeds/timer-guide-2026-01-28.md). */

const FRONT_END = 'http://localhost:3000';
const FAILED = 'TypeError: Failed to fetch';

let browser: Browser;
const apps: TestApp[] = [];

beforeAll(async () => {
  // A page that a test serves counts as one from the internet, which may not call this machine.
  const args = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests'];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
});
afterAll(async () => {
  await browser.close();
  for (const app of apps) await app.close();
});

async function start(env: Record<string, string> = {}): Promise<TestApp> {
  const options: TestAppOptions = { env, ...(apps[0] ? { connection: apps[0].connection } : {}) };
  const app = await startTestApp(options);
  apps.push(app);
  return app;
}

let people = 0;
async function signUp({ url }: TestApp): Promise<string> {
  const email = `page-${(people += 1)}@example.com`;
  const body = JSON.stringify({ email, password: 'correct horse' });
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
  return ((await (await fetch(`${url}/v1/auth/signup`, init)).json()) as { access_token: string }).access_token;
}

/** An empty page of that origin. */
async function pageAt(origin: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.route(`${origin}/empty`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(`${origin}/empty`);
  return page;
}

interface Init {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly credentials?: 'include';
}

interface Seen {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** The headers that a script gets to see. */
  readonly headers: Record<string, string>;
}

/** What a page's script sees of a call; the text of the error when it sees nothing. */
const call = (page: Page, url: string, init: Init = {}): Promise<Seen | string> =>
  page.evaluate(
    ([to, options]) =>
      fetch(to, options).then(
        async (response) => ({
          status: response.status,
          body: (await response.json()) as Record<string, unknown>,
          headers: Object.fromEntries(response.headers),
        }),
        (error: unknown) => String(error),
      ),
    [url, init] as const,
  );

/** The first frame on a socket, or the code that it was closed with. */
const connect = (page: Page, app: TestApp, token: string): Promise<string | number> =>
  page.evaluate(
    (url) =>
      new Promise<string | number>((done) => {
        const socket = new WebSocket(url);
        socket.onmessage = ({ data }) => {
          done((JSON.parse(String(data)) as { type: string }).type);
        };
        socket.onclose = ({ code }) => {
          done(code);
        };
      }),
    `${app.url.replace('http', 'ws')}/v1/ws/timers?token=${token}`,
  );

const bearer = (token: string): Init => ({ headers: { Authorization: `Bearer ${token}`, 'X-Anything': '1' } });

describeGuide('timer-guide-2026-01-28.md', 'with a list of the guide', (samples) => {
  // For development, and for production.
  const lists = originListsOf(samples);

  it('there are two, with ws:// entries', () => {
    expect(lists).toHaveLength(2);
    for (const list of lists) expect(list).toMatch(/,wss?:/);
  });

  it.each(lists)(
    '%s',
    async (list) => {
      const app = await start({ CORS_ALLOWED_ORIGINS: list });
      const token = await signUp(app);
      const me = `${app.url}/v1/users/me`;
      // A ws:// entry means the page of the same http:// (docs/spec/sockets.md#both-sockets).
      for (const origin of new Set(list.split(',').map((entry) => entry.replace(/^ws/, 'http')))) {
        const page = await pageAt(origin);
        expect([origin, await call(page, me, bearer(token))]).toMatchObject([origin, { status: 200 }]);
        expect([origin, await connect(page, app, token)]).toEqual([origin, 'connected']);
        await page.context().close();
      }
      for (const origin of ['https://evil.example', 'https://example.com.evil.example', 'https://example.com:8443']) {
        const page = await pageAt(origin);
        expect([origin, await call(page, me, bearer(token))]).toEqual([origin, FAILED]);
        expect([origin, await call(page, me)]).toEqual([origin, FAILED]);
        expect([origin, await connect(page, app, token)]).toEqual([origin, 1006]);
        await page.context().close();
      }
    },
    60_000,
  );
});

describe('a page of a front end elsewhere', () => {
  let app: TestApp;
  let token: string;
  let page: Page;

  beforeAll(async () => {
    app = await start();
    token = await signUp(app);
    page = await pageAt(FRONT_END);
  });

  const json = (method: string, body: string): Init => ({
    method,
    body,
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token}`,
      'Idempotency-Key': 'k'.repeat(16),
    },
  });

  it('reads answers and errors of every kind, with the headers it is to have', async () => {
    const rows: [number, string, Init][] = [
      [201, '/v1/timers', json('POST', '{"allocated_duration": 60}')],
      [401, '/v1/users/me', {}],
      [403, '/v1/auth/password', json('POST', '{"password": "wrong one", "new_password": "another one"}')],
      [404, '/v1/timers/00000000-0000-4000-8000-000000000000', bearer(token)],
      [404, '/v1/nowhere', bearer(token)],
      [405, '/v1/users/me', json('PUT', '{}')],
      [413, '/v1/timers', json('POST', JSON.stringify({ title: 'x'.repeat(300_000) }))],
      [422, '/v1/timers', json('POST', '{')],
      [409, '/v1/auth/signup', json('POST', `{"email": "page-${people}@example.com", "password": "correct horse"}`)],
      [401, '/v1/user/timer/start/', json('POST', '{"title": "x"}')],
      [422, '/api/v1/rooms', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }],
    ];
    for (const [status, path, init] of rows) {
      const seen = await call(page, app.url + path, init);
      expect([path, seen]).toMatchObject([
        path,
        {
          status,
          headers: {
            'x-request-id': expect.stringMatching(/./) as string,
            'x-server-time': expect.stringMatching(/^\d{13}$/) as string,
          },
        },
      ]);
    }
    const created = (await call(page, `${app.url}/v1/timers`, json('POST', '{"allocated_duration": 60}'))) as Seen;
    expect(created.headers).toMatchObject({
      'idempotency-replayed': 'true',
      deprecation: expect.stringMatching(/^@\d+$/) as string,
      link: expect.stringContaining('successor-version') as string,
      'x-ratelimit-limit': '120',
    });
  });

  it('is told when it called too often, and when it may again', async () => {
    const url = `${app.url}/v1/auth/login`;
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"email": "nobody@example.com", "password": "wrong one"}',
    };
    for (let calls = 0; calls < 10; calls += 1) expect(await call(page, url, init)).toMatchObject({ status: 401 });
    expect(await call(page, url, init)).toMatchObject({
      status: 429,
      body: { retry_after: expect.any(Number) as number },
      headers: {
        'retry-after': expect.stringMatching(/^\d+$/) as string,
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': expect.stringMatching(/^\d{10}$/) as string,
      },
    });
  });

  it('reads no cookie into an answer: credentials are nobody’s', async () => {
    expect(await call(page, `${app.url}/v1/users/me`, { ...bearer(token), credentials: 'include' })).toBe(FAILED);
  });

  it('gets refused handshakes with the same headers', async () => {
    const refused = await knock(app.url, '/v1/ws/timers', { Origin: FRONT_END });
    expect(refused).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': FRONT_END } });
    expect(await connect(page, app, 'no-token')).toBe(1006);
    const foreign = await knock(app.url, `/v1/ws/timers?token=${token}`, { Origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
  });
});
