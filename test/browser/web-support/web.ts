import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

import { packageRoot } from '../../../src/common/package.js';
import { Clock } from '../../../src/timer-domain/clock/clock.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Cable } from './cable.js';

/** This machine's clock, so many milliseconds ahead: minutes pass at a test's word. */
export class AheadClock extends Clock {
  readonly uncertaintyMs = 0;
  aheadMs = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }
}

/** The server with its pages, a browser, and a cable between them. */
export interface Web {
  readonly app: TestApp;
  readonly clock: AheadClock;
  readonly browser: Browser;
  /** What went wrong in pages: errors, and what the Content-Security-Policy refused. */
  readonly problems: string[];
  /** A person with a browser of their own. */
  visit(options?: VisitOptions): Promise<Visit>;
  /** A JSON call past every browser. @returns the body */
  call(method: string, path: string, body?: object, authorization?: string): Promise<Json>;
  close(): Promise<void>;
}

export type Json = Record<string, unknown>;

export interface VisitOptions extends BrowserContextOptions {
  /** The name that the room page remembers; without it the page asks. */
  readonly name?: string;
  /** Whether the alarm's question was answered before; it was unless false. */
  readonly asked?: boolean;
  /** How far this person's own clock is off, milliseconds. */
  readonly clockOffMs?: number;
  /** Timers of the page are slowed down to one a minute, as browsers do in the background. */
  readonly throttled?: boolean;
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** The server as this person reaches it. */
  readonly url: string;
  readonly cable: Cable;
  /** The page's machine goes ahead by so much, as if it had slept or somebody had set its clock. */
  readonly passTime: (ms: number) => Promise<void>;
}

/** @throws when the pages were not built */
export async function startWeb(env: Record<string, string> = {}): Promise<Web> {
  if (!existsSync(join(packageRoot, 'dist', 'web', 'room.html'))) {
    throw new Error('dist/web is not there: run `node scripts/build.mjs` first');
  }
  const clock = new AheadClock();
  const app = await startTestApp({
    env: { RATE_LIMIT_ENABLED: 'false', ...env },
    override: (builder) => builder.overrideProvider(Clock).useValue(clock),
  });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const problems: string[] = [];
  const cables: Cable[] = [];
  const visit = async (options: VisitOptions = {}): Promise<Visit> => {
    const cable = await Cable.to(Number(new URL(app.url).port));
    cables.push(cable);
    return openVisit(browser, cable, problems, options);
  };
  const close = async (): Promise<void> => {
    await browser.close();
    for (const cable of cables) cable.cut();
    await app.close();
  };
  return { app, clock, browser, problems, visit, call: callTo(app.url), close };
}

async function openVisit(browser: Browser, cable: Cable, problems: string[], options: VisitOptions): Promise<Visit> {
  const { name, clockOffMs = 0, throttled = false, asked = true, ...contextOptions } = options;
  const context = await browser.newContext({ locale: 'en-US', ...contextOptions });
  await context.addInitScript(wrongClock(clockOffMs));
  if (throttled) await context.addInitScript(THROTTLED_TIMERS);
  if (name !== undefined)
    await context.addInitScript(`localStorage.setItem('metronome.name', ${JSON.stringify(name)})`);
  if (asked) await context.addInitScript(ASKED);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) problems.push(message.text());
  });
  const passTime = async (ms: number): Promise<void> => {
    await page.evaluate(`globalThis.clockOffMs += ${ms}`);
  };
  return { context, page, url: cable.url, cable, passTime };
}

const ASKED = `if (!localStorage.getItem('metronome.alarm')) localStorage.setItem('metronome.alarm', '{"asked":true}')`;

/** A machine whose `Date` is off; what it says is kept in `clockOffMs`. */
const wrongClock = (offMs: number): string => `
  globalThis.clockOffMs = ${offMs};
  const RealDate = Date;
  globalThis.realNow = () => RealDate.now();
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      if (given.length === 0) super(RealDate.now() + globalThis.clockOffMs);
      else super(...given);
    }
    static now() {
      return RealDate.now() + globalThis.clockOffMs;
    }
  };
`;

const THROTTLED_TIMERS = `
  for (const name of ['setTimeout', 'setInterval']) {
    const real = globalThis[name].bind(globalThis);
    globalThis[name] = (act, ms, ...given) => real(act, Math.max(60_000, ms ?? 0), ...given);
  }
`;

const callTo =
  (url: string) =>
  async (method: string, path: string, body?: object, authorization?: string): Promise<Json> => {
    const headers = {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(authorization !== undefined && { Authorization: authorization }),
    };
    const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Json;
  };
