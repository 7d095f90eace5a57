import { Logger } from '@nestjs/common';
import type { Pool } from 'pg';

import { ServiceUnavailableError } from '../../common/errors.js';
import { DatabaseClock } from './database-clock.js';

const NOON = Date.parse('2026-03-02T12:00:00Z');
/** The database's clock is three seconds ahead of the machine's. */
const DATABASE_NOON = NOON + 3_000;

/** A database whose queries take these times there and back, in milliseconds; later queries take no time. */
function databaseAt(trips: [there: number, back: number][]): Pool {
  const query = () => {
    const [there, back] = trips.shift() ?? [0, 0];
    jest.advanceTimersByTime(there);
    const now = DATABASE_NOON + (Date.now() - NOON);
    jest.advanceTimersByTime(back);
    return Promise.resolve({ rows: [{ now }] });
  };
  const connect = () => Promise.resolve({ query, release: () => undefined });
  return { connect } as unknown as Pool;
}

describe('DatabaseClock', () => {
  let clock: DatabaseClock;

  beforeEach(() => jest.useFakeTimers({ now: NOON }));

  afterEach(() => {
    clock.onApplicationShutdown();
    jest.useRealTimers();
  });

  const databaseNow = () => DATABASE_NOON + (Date.now() - NOON);

  it('is not known before the database was asked', () => {
    clock = new DatabaseClock(databaseAt([]));
    expect(() => clock.now()).toThrow(ServiceUnavailableError);
    expect(clock.uncertaintyMs).toBe(Infinity);
  });

  it('is the database’s, by the middle of the quickest of five round trips', async () => {
    clock = new DatabaseClock(
      databaseAt([
        [90, 10],
        [3, 1],
        [200, 0],
        [0, 60],
        [40, 40],
      ]),
    );
    await clock.onModuleInit();
    // The query took three of the four milliseconds to arrive; the clock assumes two.
    expect(clock.now() - databaseNow()).toBe(1);
    expect(clock.uncertaintyMs).toBeGreaterThanOrEqual(2);
    expect(clock.uncertaintyMs).toBeLessThan(2.1);
  });

  it('does not follow a step of the machine’s clock, and is less certain the longer nobody was asked', async () => {
    clock = new DatabaseClock(databaseAt([]));
    await clock.onModuleInit();
    jest.setSystemTime(NOON - 3_600_000);
    expect(clock.now()).toBe(DATABASE_NOON);
    jest.advanceTimersByTime(5_000);
    expect(clock.now()).toBe(DATABASE_NOON + 5_000);
    expect(clock.uncertaintyMs).toBeCloseTo(0.5);
  });

  it('is not known after the machine slept, until the database was asked again', async () => {
    clock = new DatabaseClock(databaseAt([]));
    await clock.onModuleInit();
    // The machine's clock advances by eight hours, the monotonic clock does not.
    jest.setSystemTime(NOON + 8 * 3_600_000);
    expect(() => clock.now()).toThrow(ServiceUnavailableError);
    expect(clock.uncertaintyMs).toBe(Infinity);
    await jest.advanceTimersByTimeAsync(0);
    expect(clock.now()).toBe(databaseNow());
    expect(clock.uncertaintyMs).toBe(0);
  });

  it('is asked for again every two seconds while it is not known', async () => {
    const pool = databaseAt([]);
    clock = new DatabaseClock(pool);
    await clock.onModuleInit();
    const connect = pool.connect.bind(pool);
    Object.assign(pool, { connect: () => Promise.reject(new Error('away')) });
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    jest.setSystemTime(NOON + 1_000);
    expect(() => clock.now()).toThrow(ServiceUnavailableError);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(() => clock.now()).toThrow(ServiceUnavailableError);
    Object.assign(pool, { connect });
    await jest.advanceTimersByTimeAsync(2_000);
    expect(clock.now()).toBe(databaseNow());
    jest.restoreAllMocks();
  });

  it('bears with a clock that is slewed', async () => {
    clock = new DatabaseClock(databaseAt([]));
    await clock.onModuleInit();
    jest.setSystemTime(NOON + 250);
    expect(clock.now()).toBe(DATABASE_NOON);
  });

  it('is read again every ten seconds', async () => {
    clock = new DatabaseClock(databaseAt(Array.from({ length: 5 }, () => [40, 0])));
    await clock.onModuleInit();
    expect(clock.now() - databaseNow()).toBe(20);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(clock.now()).toBe(databaseNow());
  });
});
