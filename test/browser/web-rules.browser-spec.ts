import { createHash } from 'node:crypto';

import type { RoomTimer, Timer } from '../../clients/typescript/src/index.js';
import { isForgotten, probableEnd, secondsOf, segmentsOf } from '../../web/src/app/timer-times.js';
import { idle, project } from '../../web/src/room/projection.js';
import { qrCode } from '../../web/src/shared/qr.js';

/** What the pages work out by themselves, without a browser. */

const NOON = Date.parse('2026-03-02T12:00:00Z');
const at = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString();

describe('a room whose server is out of reach', () => {
  const course = { work_duration: 1_500, break_duration: 300, auto_start_break: true };
  const working: RoomTimer = {
    status: 'running',
    session_type: 'work',
    remaining_seconds: 1_500,
    target_timestamp: at(1_500),
    started_at: at(0),
    duration_seconds: 1_500,
    revision: 7,
  };
  const after = (seconds: number, given = course) => project(working, given, NOON + seconds * 1_000);

  it('works until its target', () => {
    expect(after(1_499)).toEqual({ timer: working, passed: null });
  });

  it('takes its break from that target on', () => {
    const { timer, passed } = after(1_500);
    expect(timer).toMatchObject({ status: 'running', session_type: 'break', target_timestamp: at(1_800), revision: 7 });
    expect(passed).toEqual({ type: 'work', at: NOON + 1_500_000 });
  });

  it('is idle after the break, however long ago that was', () => {
    expect(after(90_000)).toEqual({ timer: idle('work', course, 7), passed: { type: 'break', at: NOON + 1_800_000 } });
  });

  it('waits with the break where it does not start by itself', () => {
    const given = { ...course, auto_start_break: false };
    expect(after(1_500, given).timer).toEqual(idle('break', given, 7));
  });

  it('stays as it is while it is paused', () => {
    const paused: RoomTimer = { ...working, status: 'paused', target_timestamp: null, remaining_seconds: 60 };
    expect(project(paused, course, NOON + 9_000_000).timer).toBe(paused);
  });
});

describe('the times of a timer', () => {
  const timer = {
    status: 'RUNNING',
    allocated_duration: 1_800,
    elapsed_time: 0,
    running_since: at(1_000),
    started_at: at(0),
    pause_history: [
      { action: 'start', at: at(0) },
      { action: 'pause', at: at(600), elapsed: 600 },
      { action: 'resume', at: at(1_000) },
    ],
  } as unknown as Timer;

  it('are its segments, the running one until now', () => {
    const segments = segmentsOf(timer, NOON + 1_300_000);
    expect(segments).toEqual([
      { start: at(0), end: at(600) },
      { start: at(1_000), end: at(1_300) },
    ]);
    expect(secondsOf(segments)).toBe(900);
  });

  it('are believed until they are hours longer than planned', () => {
    expect(isForgotten(timer, NOON + 3 * 3_600_000)).toBe(false);
    expect(isForgotten(timer, NOON + 4 * 3_600_000)).toBe(true);
    expect(isForgotten({ ...timer, status: 'PAUSED', running_since: null }, NOON + 90 * 3_600_000)).toBe(false);
  });

  it('ended, if forgotten, when the plan was worked off', () => {
    expect(probableEnd(timer, NOON + 90_000_000)).toBe(at(2_200));
    expect(probableEnd({ ...timer, allocated_duration: 0 }, NOON + 90_000_000)).toBe(at(4_600));
  });
});

describe('QR codes', () => {
  const URL = 'https://timer.example.com/room/550e8400-e29b-41d4-a716-446655440000';
  const drawn = (text: string): string =>
    qrCode(text)
      .map((row) => row.map(Number).join(''))
      .join('\n');

  it('are as large as the text needs', () => {
    const sizes = [1, 17, 18, 134, 135, 271].map((length) => qrCode('a'.repeat(length)).length);
    expect(sizes).toEqual([21, 21, 25, 41, 45, 57]);
    expect(() => qrCode('a'.repeat(272))).toThrow(RangeError);
  });

  it('are drawn as when another program read them', () => {
    // Read with jsQR 1.4, of every length from 1 to 271.
    const digest = createHash('sha256').update(drawn(URL)).digest('hex');
    expect(digest.slice(0, 16)).toBe('682ca67b15f72d3e');
  });
});
