import type { Page } from 'playwright-core';

import type { Web } from './web.js';

/** Seconds of a session in these tests. */
export const WORK = 60;
export const BREAK = 60;

export interface TestRoom {
  readonly id: string;
  readonly hostToken: string;
}

/** A room of one minute of work and one of break. */
export async function makeRoom(web: Web, settings: object = {}): Promise<TestRoom> {
  const given = { room_name: 'team-alpha', work_duration_minutes: 1, break_duration_minutes: 1, ...settings };
  const { data } = (await web.call('POST', '/api/v1/rooms', given)) as { data: Record<string, string> };
  return { id: data['room_id'] ?? '', hostToken: data['host_token'] ?? '' };
}

/** What the server says of a room's timer. */
export interface TimerOnServer {
  readonly status: string;
  readonly session_type: string;
  readonly target_timestamp: string | null;
  readonly duration_seconds: number;
}

export async function timerOf(web: Web, { id }: TestRoom): Promise<TimerOnServer> {
  const { data } = (await web.call('GET', `/api/v1/rooms/${id}`)) as { data: { timer_state: TimerOnServer } };
  return data.timer_state;
}

/** Opens a room's page, and waits until one is in the room. */
export async function enter(page: Page, url: string, { id }: TestRoom): Promise<void> {
  await page.goto(`${url}/room/${id}`);
  await page.locator('.people li').first().waitFor();
}

/** How much of the ring is drawn in the frame that is on the screen, and when that was by this machine's clock. */
const READ_RING = `new Promise((done) => {
  requestAnimationFrame(() => {
    const at = globalThis.realNow();
    const arc = document.querySelector('.clockwork .arc');
    const length = Number(arc.getAttribute('stroke-dasharray'));
    done({ fraction: 1 - parseFloat(arc.style.strokeDashoffset) / length, at });
  });
})`;

/** Milliseconds that the ring is away from what the server shows in the same moment. */
export async function ringError(web: Web, page: Page, room: TestRoom): Promise<number> {
  const timer = await timerOf(web, room);
  const { fraction, at } = await page.evaluate<{ fraction: number; at: number }>(READ_RING);
  const duration = timer.duration_seconds * 1_000;
  // A session begins with the next whole second, and shows no more than its duration before (docs/spec/rooms.md#timer-of-a-room).
  const left = Math.min(duration, Date.parse(timer.target_timestamp ?? '') - (at + web.clock.aheadMs));
  return Math.abs(fraction * duration - left);
}

/** The phase as the page shows it. */
export const phaseOn = (page: Page): Promise<string | null> => page.locator('.clockwork').getAttribute('data-phase');

export async function untilPhase(page: Page, phase: string): Promise<void> {
  await page.locator(`.clockwork[data-phase="${phase}"]`).waitFor({ timeout: 5_000 });
}

/** Sends the server, and the machines of these pages, so far ahead that this many seconds of the session are left. */
export async function leave(web: Web, room: TestRoom, seconds: number): Promise<number> {
  const { target_timestamp: target } = await timerOf(web, room);
  const ms = Date.parse(target ?? '') - web.clock.now() - seconds * 1_000;
  web.clock.aheadMs += ms;
  return ms;
}
