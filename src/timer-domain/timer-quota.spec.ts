import type { Database } from '../database/database.js';
import { MAX_TIMERS_A_MONTH, TimerQuota } from './timer-quota.js';

const NOON = Date.parse('2026-03-02T12:00:00Z');

describe('TimerQuota', () => {
  let stored: number;
  let counts: number;
  let quota: TimerQuota;

  beforeEach(() => {
    counts = 0;
    const query = () => {
      counts += 1;
      return Promise.resolve([{ timers: stored }]);
    };
    quota = new TimerQuota({ query } as unknown as Database);
  });

  const admit = async (times: number) => {
    for (let time = 0; time < times; time += 1) await quota.admit('me', NOON);
  };

  it('counts again after a thousand of its own', async () => {
    stored = 0;
    await admit(1_000);
    expect(counts).toBe(1);
    stored = MAX_TIMERS_A_MONTH;
    await expect(admit(1)).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    expect(counts).toBe(2);
  });

  it('counts every time once the limit is near', async () => {
    stored = MAX_TIMERS_A_MONTH - 2;
    await admit(1);
    stored += 1;
    await admit(1);
    stored += 1;
    await expect(admit(1)).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    expect(counts).toBe(3);
  });
});
