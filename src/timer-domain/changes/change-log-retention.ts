import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';

import { describeError } from '../../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../../config/settings.js';

const DAY_MS = 86_400_000;
const DAYS_AHEAD = 7;
const EVERY_MS = 3_600_000;
/** Any number that nothing else in the database locks by. */
const LOCK = 7_140_001;

const partitionOf = (day: Date): string => `timer_changes_${day.toISOString().slice(0, 10).replaceAll('-', '')}`;

/**
 * Keeps `timer_changes` partitioned by day: the days ahead exist before they are needed, days older than
 * `CHANGE_LOG_RETENTION` are dropped whole. A row whose day is missing falls into the default partition and is not lost.
 */
@Injectable()
export class ChangeLogRetention implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeLogRetention.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: Pool,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.tryMaintain();
    this.timer = setInterval(() => void this.tryMaintain(), EVERY_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Does what is due at `now`; one instance at a time. */
  async maintain(now = Date.now()): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      // Whoever writes the log never waits longer than this for us; what did not succeed is tried again in an hour.
      await client.query(`SET LOCAL lock_timeout = '200ms'`);
      const { rows } = await client.query<{ locked: boolean }>(`SELECT pg_try_advisory_xact_lock(${LOCK}) AS locked`);
      if (rows[0]?.locked) {
        await createDaysAhead(client, now);
        await dropOldDays(client, now - this.settings.database.changeLogRetentionMs);
      }
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // Closed, which rolls back: a statement that took too long may still be under way on it.
      client.release(true);
      throw error;
    }
  }

  private async tryMaintain(): Promise<void> {
    try {
      await this.maintain();
    } catch (error) {
      this.logger.warn({ msg: 'the change log could not be tidied', ...describeError(error) });
    }
  }
}

async function createDaysAhead(client: PoolClient, now: number): Promise<void> {
  const existing = await partitions(client);
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
    const day = new Date(Math.floor(now / DAY_MS) * DAY_MS + ahead * DAY_MS);
    if (!existing.has(partitionOf(day))) await createDay(client, day);
  }
}

/** Made apart and then attached, which locks the log less than creating it in place. */
async function createDay(client: PoolClient, day: Date): Promise<void> {
  const name = partitionOf(day);
  const next = new Date(day.getTime() + DAY_MS);
  const { rows } = await client.query(
    `SELECT FROM timer_changes_default WHERE logged_at >= $1 AND logged_at < $2 LIMIT 1`,
    [day, next],
  );
  // Rows that came in before the day was made stay where they are.
  if (rows.length > 0) return;
  await client.query(`CREATE TABLE ${name} (LIKE timer_changes INCLUDING DEFAULTS)`);
  await client.query(
    `ALTER TABLE timer_changes ATTACH PARTITION ${name} FOR VALUES FROM ('${day.toISOString()}') TO ('${next.toISOString()}')`,
  );
}

async function dropOldDays(client: PoolClient, before: number): Promise<void> {
  const oldest = partitionOf(new Date(before));
  for (const name of await partitions(client)) {
    if (/_\d{8}$/.test(name) && name < oldest) await client.query(`DROP TABLE ${name}`);
  }
  await client.query(`DELETE FROM timer_changes_default WHERE logged_at < $1`, [new Date(before)]);
}

async function partitions(client: PoolClient): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'timer_changes'::regclass`,
  );
  return new Set(rows.map(({ name }) => name));
}
