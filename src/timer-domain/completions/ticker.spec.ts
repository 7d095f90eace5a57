import { Logger } from '@nestjs/common';

import { ServiceUnavailableError } from '../../common/errors.js';
import type { TimerChange } from '../records/timer-change.js';
import { Clock } from '../clock/clock.js';
import { Ticker } from './ticker.js';

const NOON = Date.parse('2026-03-02T12:00:00Z');
/** Lead of the database's clock over the machine's clock. */
const AHEAD_MS = 3_217.5;

/** A clock that advances with Jest's fake timers. */
class RunningClock extends Clock {
  uncertaintyMs = 4;

  now(): number {
    if (this.uncertaintyMs === Infinity) throw new ServiceUnavailableError();
    return Date.now() + AHEAD_MS;
  }
}

/** Records the times of its calls, and returns the given results. */
class NotingStore {
  readonly asked: number[] = [];
  readonly prepared: number[] = [];
  answers: (number | Error)[] = [];

  completeDue(now: number, limit: number): Promise<TimerChange[]> {
    this.asked.push(now);
    const answer = this.answers.shift() ?? 0;
    if (answer instanceof Error) return Promise.reject(answer);
    const completion = { action: 'complete' } as TimerChange;
    return Promise.resolve(Array.from({ length: Math.min(answer, limit) }, () => completion));
  }

  prepareDue(second: number): Promise<void> {
    this.prepared.push(second);
    return this.prepared.length % 2 === 0 ? Promise.reject(new Error('the database is away')) : Promise.resolve();
  }
}

describe('Ticker', () => {
  let store: NotingStore;
  let ticker: Ticker;
  let clock: RunningClock;
  let warned: jest.SpyInstance;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOON });
    warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    store = new NotingStore();
    clock = new RunningClock();
    ticker = new Ticker(store, clock);
  });

  afterEach(async () => {
    await ticker.beforeApplicationShutdown();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('looks at once, and then once a second, never before the second has begun for certain', async () => {
    ticker.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(store.asked[0]).toBe(NOON + AHEAD_MS);
    const looks = store.asked.slice(1);
    expect(looks.map((now) => Math.floor(now / 1_000))).toEqual([4, 5, 6, 7, 8].map((second) => NOON / 1_000 + second));
    for (const now of looks) {
      expect(now % 1_000).toBeGreaterThanOrEqual(4);
      expect(now % 1_000).toBeLessThan(6);
    }
  });

  it('goes on after a look that failed', async () => {
    store.answers = [new Error('the database is away'), new Error('still')];
    ticker.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(store.asked).toHaveLength(4);
    expect(warned).toHaveBeenCalledTimes(2);
  });

  it('goes on once the time is known again', async () => {
    ticker.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(2_000);
    const looks = store.asked.length;
    clock.uncertaintyMs = Infinity;
    await jest.advanceTimersByTimeAsync(3_000);
    expect(store.asked).toHaveLength(looks);
    clock.uncertaintyMs = 4;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(store.asked.length).toBeGreaterThan(looks);
  });

  it('has each second made ready while the one before it but one runs, whether that works or not', async () => {
    ticker.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(store.prepared).toEqual([5, 6, 7, 8].map((second) => NOON / 1_000 + second));
    expect(warned).not.toHaveBeenCalled();
  });

  it('completes all that is due in one look, batch by batch', async () => {
    store.answers = [500, 500, 20];
    expect(await ticker.completeDue()).toBe(1_020);
    expect(store.asked).toHaveLength(4);
  });

  it('looks no more once the application closes', async () => {
    ticker.onApplicationBootstrap();
    await ticker.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(store.asked).toHaveLength(1);
  });
});
