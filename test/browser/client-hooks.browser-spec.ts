import { type Browser, chromium, type Page } from 'playwright-core';
import { WebSocket } from 'ws';

import { Metronome } from '../../clients/typescript/src/index.js';
import { bundled } from '../client/bundle.js';
import { readmeBlocks } from '../client/package.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/server.js';

const [COMPONENTS = ''] = readmeBlocks('tsx');
/** What an application adds to the README's components: a person, and a place on the page. */
const MOUNT = `
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
${COMPONENTS}
const root = createRoot(document.body);
const onPage = {
  metronome,
  timers: () => root.render(<StrictMode><Timers /><Timers /></StrictMode>),
  room: (id, name) => root.render(<StrictMode><Room id={id} name={name} /></StrictMode>),
  nothing: () => root.render(null),
};
globalThis.onPage = onPage;
`;

interface OnPage {
  readonly metronome: Metronome;
  timers(): void;
  room(id: string, name: string): void;
  nothing(): void;
}
/** Only where the page is. */
declare const onPage: OnPage;

const account = { email: 'ann@example.com', password: 'correct horse' };

let app: TestApp;
let browser: Browser;
let script: string;

beforeAll(async () => {
  app = await startTestApp({ env: { RATE_LIMIT_ENABLED: 'false' } });
  // A page that a test serves counts as one from the internet, which may not open sockets to this machine.
  const args = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  script = (await bundled(MOUNT)).replaceAll('</script', '<\\/script');
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

interface Sockets {
  all: number;
  open: number;
}

/** A page of the server's own origin in a browser of its own, and the sockets that it opens. */
async function openPage(): Promise<{ page: Page; sockets: Sockets }> {
  const page = await (await browser.newContext()).newPage();
  const sockets = { all: 0, open: 0 };
  page.on('websocket', (socket) => {
    sockets.all += 1;
    sockets.open += 1;
    socket.on('close', () => (sockets.open -= 1));
  });
  const body = `<!doctype html><body><script type="module">${script}</script>`;
  await page.route('**/client-hooks', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(`${app.url}/client-hooks`);
  return { page, sockets };
}

const showNothing = (page: Page) =>
  page.evaluate(() => {
    onPage.nothing();
  });

describe('the components of the README', () => {
  it('show the timers of all devices, over one connection that ends with them', async () => {
    const { page, sockets } = await openPage();
    await page.evaluate(async (who) => {
      await onPage.metronome.auth.signUp(who);
      onPage.timers();
    }, account);
    const [first, second] = [page.getByRole('main').first(), page.getByRole('main').nth(1)];
    await first.getByText('Start').click();
    await second.getByText(/^Read, \d s/).waitFor();

    const phone = new Metronome({ url: app.url });
    await phone.auth.logIn(account);
    const { id } = await phone.timers.active();
    await phone.timers.update(id, { title: 'Read on' });
    await second.getByText(/^Read on, \d s/).waitFor();
    await first.getByText('Pause').click();
    await second.getByText('Resume').waitFor();
    expect((await phone.timers.get(id)).status).toBe('PAUSED');
    await phone.timers.stop(id);
    await first.getByRole('listitem').waitFor({ state: 'detached' });

    expect(sockets).toEqual({ all: 1, open: 1 });
    await showNothing(page);
    await until(() => sockets.open === 0, 5_000);
    await page.close();
  });

  it('show another person’s timers after another sign-in', async () => {
    const { page, sockets } = await openPage();
    const ben = { ...account, email: 'ben@example.com' };
    await page.evaluate(async (who) => {
      await onPage.metronome.auth.signUp(who);
      onPage.timers();
    }, ben);
    const timers = page.getByRole('main').first();
    await timers.getByText('Start').click();
    await timers.getByRole('listitem').waitFor();
    await page.evaluate((who) => onPage.metronome.auth.signUp(who), { ...account, email: 'cid@example.com' });
    await timers.getByRole('listitem').waitFor({ state: 'detached' });
    await page.locator('main[aria-busy=false]').first().waitFor();
    await until(() => sockets.open === 1, 5_000);
    expect(sockets.all).toBe(2);
    await page.close();
  });

  it('show a room with everybody who has it open', async () => {
    const host = new Metronome({ url: app.url, WebSocket });
    const { room_id: id, host_token: hostToken } = await host.rooms.create({ room_name: 'team-alpha' });
    const { page, sockets } = await openPage();
    const ann = host.openRoom(id, { name: 'Ann', hostToken });
    await ann.ready();
    await page.evaluate((room) => {
      onPage.room(room, 'Bob');
    }, id);
    await page.getByText('25 minutes').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Bob' }).waitFor();
    expect((await page.getByRole('listitem').allTextContents()).sort()).toEqual(['Ann', 'Bob']);
    await page.getByText('Start').click();
    await page.getByText('Pause').waitFor();
    expect(ann.state.get().timer?.status).toBe('running');
    await ann.reset();
    await page.getByText('Start').waitFor();
    expect(sockets).toEqual({ all: 1, open: 1 });

    await host.rooms.delete(id, { hostToken });
    await page.getByRole('alert').getByText('The room was deleted').waitFor();
    ann.close();
    await page.close();
  });
});
