import { type Browser, chromium, type Page } from 'playwright-core';

import { bundled } from '../client/bundle.js';

export function launch(): Promise<Browser> {
  // A page that a test serves counts as one from the internet, which may not open sockets to this machine.
  const args = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'];
  return chromium.launch({ executablePath: '/usr/bin/chromium', args });
}

export interface GuidePage {
  readonly page: Page;
  /** What it logged, and what nobody caught. */
  readonly logged: string[];
  readonly uncaught: string[];
  /** The sockets that it has opened. */
  readonly sockets: string[];
}

export interface Opening {
  /** Of the server; the page is its own. */
  readonly origin: string;
  /** A guide's code as printed, and what a test adds to it. */
  readonly code: string;
  /** Names that the code takes for granted. */
  readonly names?: Readonly<Record<string, unknown>>;
  /** The page's clock stands still until the test moves it. */
  readonly clockByHand?: boolean;
  /** Before the page is loaded. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** A page of the server's own origin that runs a guide's code. */
export async function openGuidePage(browser: Browser, opening: Opening): Promise<GuidePage> {
  const page = await (await browser.newContext({ locale: 'ko-KR', timezoneId: 'Asia/Seoul' })).newPage();
  const [logged, uncaught, sockets]: string[][] = [[], [], []];
  page.on('console', (message) => logged?.push(message.text()));
  page.on('pageerror', (error) => uncaught?.push(error.message));
  page.on('websocket', (socket) => sockets?.push(socket.url()));
  const names = JSON.stringify(opening.names ?? {});
  const script = (await bundled(opening.code)).replaceAll('</script', '<\\/script');
  const body = `<!doctype html><body><div id="root"></div><script>Object.assign(globalThis, ${names})</script><script type="module">${script}</script>`;
  await page.route('**/guide', (route) => route.fulfill({ contentType: 'text/html', body }));
  if (opening.clockByHand) {
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(1_000);
  }
  await opening.prepare?.(page);
  await page.goto(`${opening.origin}/guide`);
  return { page, logged: logged ?? [], uncaught: uncaught ?? [], sockets: sockets ?? [] };
}
