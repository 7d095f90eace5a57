import { type Browser, chromium, type Frame, type Page } from 'playwright-core';

import { startTestApp, type TestApp } from '../support/app.js';

/**
 * Another site's page that got hold of a visitor's token, in Chromium (docs/spec/sockets.md#both-sockets;
 * docs/spec/v1.md#41-cors).
 */

const FOREIGN = 'http://evil.example';
const OURS = 'http://localhost:5173';

let app: TestApp;
let browser: Browser;
let token: string;
let roomId: string;
const lines: string[] = [];

beforeAll(async () => {
  app = await startTestApp({ logTo: { write: (line) => lines.push(line) } });
  app.app.useLogger({ log: keep, error: keep, warn: keep, debug: keep });
  const post = async (path: string, body: object) => {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    return (await (await fetch(`${app.url}${path}`, init)).json()) as Record<string, unknown>;
  };
  const account = { email: 'alice@example.com', password: 'correct horse', display_name: 'Alice' };
  token = String((await post('/v1/auth/signup', account))['access_token']);
  roomId = ((await post('/api/v1/rooms', { room_name: 'team-alpha' }))['data'] as { room_id: string }).room_id;
  const args = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
});
beforeEach(() => {
  lines.length = 0;
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

const keep = (message: unknown) => lines.push(JSON.stringify(message));

async function pageAt(origin: string, body = '<!doctype html>'): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.route(`${origin}/page`, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(`${origin}/page`);
  return page;
}

/** @returns the first message, or the code that the socket closed with */
const knock = (page: Page | Frame, path: string, protocols: string[] = []) =>
  page.evaluate(
    ([url, offered]) =>
      new Promise<string | number>((done) => {
        const socket = new WebSocket(url, offered);
        socket.onmessage = ({ data }) => {
          done(String(data));
        };
        socket.onclose = ({ code }) => {
          done(code);
        };
      }),
    [`${app.url.replace('http', 'ws')}${path}`, protocols] as const,
  );

/** @returns the status, or what went wrong */
const read = (page: Page | Frame, headers: Record<string, string>) =>
  page.evaluate(
    ([url, sent]) =>
      fetch(url, { headers: sent }).then(
        ({ status }) => status,
        (error: unknown) => String(error),
      ),
    [`${app.url}/v1/users/me`, headers] as const,
  );

const personal = () => `/v1/ws/timers?token=${token}`;
const bearer = () => ({ Authorization: `Bearer ${token}` });
const refusals = () =>
  lines.flatMap((line) =>
    line.includes('handshake refused') ? [(JSON.parse(line) as { status: number }).status] : [],
  );

it('a page of ours gets through, so what follows is about the origin', async () => {
  const page = await pageAt(OURS);
  expect(await knock(page, personal())).toContain('"connected"');
  expect(await knock(page, '/v1/ws/timers', [`authorization.bearer.${token}`])).toContain('"connected"');
  expect(await knock(page, `/ws/room/${roomId}`)).toContain('"timer_update"');
  expect(await read(page, bearer())).toBe(200);
});

it('a foreign one is refused every socket with 403, and reads nothing over REST', async () => {
  const page = await pageAt(FOREIGN);
  expect(await knock(page, personal())).toBe(1006);
  expect(await knock(page, '/v1/ws/timers', [`authorization.bearer.${token}`])).toBe(1006);
  expect(await knock(page, `/ws/room/${roomId}?token=${token}`)).toBe(1006);
  expect(refusals()).toEqual([403, 403, 403]);
  expect(await read(page, bearer())).toContain('Failed to fetch');
  expect(await read(page, {})).toContain('Failed to fetch');
});

it('a page without an origin, a sandboxed frame, is foreign too', async () => {
  const page = await pageAt(OURS, '<!doctype html><iframe sandbox="allow-scripts" srcdoc="<p>inside</p>"></iframe>');
  const frame = page.frames()[1] as Frame;
  expect(await frame.evaluate('origin')).toBe('null');
  expect(await knock(frame, personal())).toBe(1006);
  expect(refusals()).toEqual([403]);
  expect(await read(frame, bearer())).toContain('Failed to fetch');
});

it('and the token is in no log line', async () => {
  const page = await pageAt(FOREIGN);
  await knock(page, personal());
  await knock(page, '/v1/ws/timers', [`authorization.bearer.${token}`]);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.includes(token))).toEqual([]);
});
