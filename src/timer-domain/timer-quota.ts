import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { Database } from '../database/database.js';
import { toServiceUnavailable } from '../database/database-errors.js';
import { TimerRefusal } from './rules/refusal.js';

/** Maximum number of new timers of one person in a calendar month, UTC (docs/spec/v1.md#11-requests-and-replies). */
export const MAX_TIMERS_A_MONTH = 100_000;

/** Own creations, and time, after which a cached count is read again, because other instances create timers too. */
const RECOUNT_AFTER = 1_000;
const RECOUNT_AFTER_MS = 60_000;
/** Count from which it is read again for every creation. */
const CLOSE_TO_THE_LIMIT = MAX_TIMERS_A_MONTH * 0.9;

interface Count {
  readonly timers: number;
  sinceThen: number;
}

const COUNT = {
  name: 'timers_this_month',
  text: `SELECT count(*)::int AS timers FROM timers
    WHERE user_id = $1 AND created_at >= date_trunc('month', to_timestamp($2), 'UTC')`,
};

/**
 * Prevents one person from filling the database. The count may lag a little, because normal use stays far below the
 * limit.
 */
@Injectable()
export class TimerQuota {
  private readonly counts = new LRUCache<string, Count>({ max: 50_000, ttl: RECOUNT_AFTER_MS });

  constructor(private readonly database: Database) {}

  /** @param now milliseconds. @throws TimerRefusal LIMIT_REACHED, ServiceUnavailableError */
  async admit(userId: string, now: number): Promise<void> {
    const known = this.counts.get(userId);
    const recent = known && known.sinceThen < RECOUNT_AFTER && known.timers < CLOSE_TO_THE_LIMIT;
    const count = recent ? known : await this.count(userId, now);
    if (count.timers >= MAX_TIMERS_A_MONTH) throw new TimerRefusal('LIMIT_REACHED');
    count.sinceThen += 1;
  }

  private async count(userId: string, now: number): Promise<Count> {
    try {
      const rows = await this.database.query<{ timers: number }>({ ...COUNT, values: [userId, now / 1_000] });
      const count = { timers: rows[0]?.timers ?? 0, sinceThen: 0 };
      this.counts.set(userId, count);
      return count;
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }
}
