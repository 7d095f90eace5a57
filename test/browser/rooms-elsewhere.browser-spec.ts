import { type Browser, chromium, type Page } from 'playwright-core';

import { startTestApp, type TestApp } from '../support/app.js';

/**
 * Rooms from pages in Chromium: the seed's own front end on another origin, and a page of the server itself
 * (docs/spec/rooms.md#rooms).
 */

/** Where the seed's front end runs (seeds/focus-mate-rooms.md 3.2, `share_url`). */
const FRONT_END = 'http://localhost:3000';

let app: TestApp;
let browser: Browser;

beforeAll(async () => {
  app = await startTestApp();
  // A page that a test serves counts as one from the internet, which may not open sockets to this machine.
  const args = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

/** An empty page of that origin, in a browser that knows nothing yet. */
async function pageAt(origin: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.route(`${origin}/empty`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(`${origin}/empty`);
  return page;
}

interface Called {
  readonly status: number;
  readonly body: { data: Record<string, unknown>; error?: { code: string } };
  readonly remaining: string | null;
}

/** What a page's script gets to see of a call. */
const call = (page: Page, method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  page.evaluate(
    async ([url, init]) => {
      const response = await fetch(url, init);
      const text = await response.text();
      const parsed = (text === '' ? {} : JSON.parse(text)) as Called['body'];
      return { status: response.status, body: parsed, remaining: response.headers.get('X-RateLimit-Remaining') };
    },
    [
      `${app.url}${path}`,
      {
        method,
        headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      },
    ] as const,
  );

/** Opens a socket as section 4.1 does, says one thing when it is in, and gives what it heard. */
const converse = (page: Page, roomId: string, protocols: string[], action: string) =>
  page.evaluate(
    ([url, offered, said]) =>
      new Promise<{ protocol: string; heard: { event: string; data?: Record<string, unknown>; error?: unknown }[] }>(
        (done, failed) => {
          const ws = new WebSocket(url, offered);
          const heard: { event: string; id?: string }[] = [];
          ws.onmessage = (event) => {
            const message = JSON.parse(String(event.data)) as { event: string; id?: string };
            heard.push(message);
            if (message.event === 'participant_list') ws.send(JSON.stringify({ action: said, id: 'said' }));
            if (message.id === 'said') done({ protocol: ws.protocol, heard });
          };
          ws.onclose = () => {
            failed(new Error('closed'));
          };
        },
      ),
    [`${app.url.replace('http', 'ws')}/ws/room/${roomId}`, protocols, action] as const,
  );

const NEW_ROOM = { room_name: 'team-alpha', work_duration_minutes: 25 };

it('the front end on :3000 is the host by X-Host-Token over REST, and by the subprotocol on the socket', async () => {
  const page = await pageAt(FRONT_END);
  const created = await call(page, 'POST', '/api/v1/rooms', NEW_ROOM);
  expect(created).toMatchObject({ status: 201, remaining: expect.stringMatching(/^\d+$/) as string });
  const { room_id: roomId, host_token: token } = created.body.data as { room_id: string; host_token: string };
  const room = `/api/v1/rooms/${roomId}`;
  const proof = { 'X-Host-Token': token };

  expect(await call(page, 'PATCH', room, { control: 'host' })).toMatchObject({ status: 403 });
  expect(await call(page, 'PATCH', room, { control: 'host' }, proof)).toMatchObject({ status: 200 });
  expect(await call(page, 'POST', `${room}/timer/start`, { session_type: 'work' })).toMatchObject({ status: 403 });
  expect(await call(page, 'POST', `${room}/timer/start`, { session_type: 'work' }, proof)).toMatchObject({
    status: 200,
    body: { data: { status: 'running' } },
  });

  const guest = await converse(page, roomId, [], 'pause_timer');
  expect(guest.heard.at(-1)).toMatchObject({ event: 'error', error: { code: 'FORBIDDEN' } });
  const host = await converse(page, roomId, [`host.${token}`], 'pause_timer');
  expect(host.protocol).toBe(`host.${token}`);
  expect(host.heard.at(-1)).toMatchObject({ event: 'timer_update', data: { status: 'paused' } });

  expect((await call(page, 'DELETE', room, undefined, proof)).status).toBe(204);
  expect(await call(page, 'GET', room)).toMatchObject({ status: 404, body: { error: { code: 'ROOM_NOT_FOUND' } } });
});

it('a page of the server needs nothing: the cookie that no script sees makes it the host', async () => {
  const page = await pageAt(app.url);
  const created = await call(page, 'POST', '/api/v1/rooms', NEW_ROOM);
  const { room_id: roomId } = created.body.data as { room_id: string };
  const room = `/api/v1/rooms/${roomId}`;
  expect(await page.evaluate('document.cookie')).toBe('');
  expect(await call(page, 'PATCH', room, { control: 'host' })).toMatchObject({ status: 200 });
  expect(await call(page, 'POST', `${room}/timer/start`)).toMatchObject({ status: 200 });
  const host = await converse(page, roomId, [], 'pause_timer');
  expect(host.heard.at(-1)).toMatchObject({ event: 'timer_update', data: { status: 'paused' } });

  const stranger = await pageAt(app.url);
  expect(await call(stranger, 'POST', `${room}/timer/resume`)).toMatchObject({ status: 403 });
});

it('the cookie does not travel from a page elsewhere, not even in the same browser', async () => {
  const page = await pageAt(app.url);
  const created = await call(page, 'POST', '/api/v1/rooms', NEW_ROOM);
  const { room_id: roomId } = created.body.data as { room_id: string };
  await call(page, 'PATCH', `/api/v1/rooms/${roomId}`, { control: 'host' });
  const elsewhere = await page.context().newPage();
  await elsewhere.route(`${FRONT_END}/empty`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await elsewhere.goto(`${FRONT_END}/empty`);
  expect(await call(elsewhere, 'POST', `/api/v1/rooms/${roomId}/timer/start`)).toMatchObject({ status: 403 });
  const there = await converse(elsewhere, roomId, [], 'start_timer');
  expect(there.heard.at(-1)).toMatchObject({ event: 'error', error: { code: 'FORBIDDEN' } });
});
