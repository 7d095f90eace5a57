import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client, type ClientConfig } from 'pg';

import { describeError } from '../../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { CLIENT_CONFIG } from '../../database/connection.js';
import { settleLogs } from '../../database/log-home.js';
import { createDaysAhead, deleteRows, dropDays, finishDetaching, ownsLog } from './change-log-days.js';

const EVERY_MS = 3_600_000;
const AGAIN_AFTER_MS = 5_000;
/** Key of the advisory lock; nothing else in the database uses it. */
const LOCK = 7_140_001;
/** Long, because detaching a partition waits for readers of the log, such as a backup. */
const STATEMENT_TIMEOUT_MS = 60_000;
/**
 * Session settings. A long `lock_timeout` is safe, because other statements do not queue behind its locks; where they
 * would, the code sets a shorter one. `enable_sort = off` makes slices read the primary key in order.
 */
const SESSION = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET lock_timeout = '30s'; SET enable_sort = off`;

/**
 * Keeps `timer_changes` partitioned by day: creates partitions in advance, and drops whole partitions older than
 * `CHANGE_LOG_RETENTION`, by the database's clock. Maintenance does not block commands, except as
 * {@link createDaysAhead} describes, and is retried within seconds after a failure. A row without a daily partition is
 * kept, and deleted when it expires.
 */
@Injectable()
export class ChangeLogRetention implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeLogRetention.name);
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private stopped = false;
  private client: Client | undefined;

  constructor(
    @Inject(CLIENT_CONFIG) private readonly config: ClientConfig,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Runs in the background, because every row has a partition even before the maintenance. */
  onApplicationBootstrap(): void {
    void this.tryMaintain();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    // Closing the connection interrupts the maintenance; the next start continues it.
    await this.client?.end();
    await this.working;
  }

  /**
   * Runs the maintenance, after a run in progress. Does nothing while another instance runs it.
   * @param now milliseconds since the epoch; overrides the database's clock
   */
  maintain(now?: number): Promise<void> {
    const done = this.working.then(() => this.connectAndTidy(now));
    this.working = done.catch(() => undefined);
    return done;
  }

  private async connectAndTidy(now: number | undefined): Promise<void> {
    const client = new Client({
      ...this.config,
      application_name: 'metronome-change-log',
      query_timeout: STATEMENT_TIMEOUT_MS,
    });
    client.on('error', () => undefined);
    this.client = client;
    try {
      await client.connect();
      await client.query(SESSION);
      await this.tidy(client, now);
    } finally {
      // Closing releases the advisory lock, even if a statement that timed out is still running.
      await client.end().catch(() => undefined);
    }
  }

  private async tidy(client: Client, given: number | undefined): Promise<void> {
    const { rows } = await client.query<{ locked: boolean; now: number }>(
      `SELECT pg_try_advisory_lock(${LOCK}) AS locked, extract(epoch from now())::float8 * 1000 AS now`,
    );
    const [{ locked, now } = { locked: false, now: NaN }] = rows;
    if (!locked) return;
    const today = given ?? now;
    const before = today - this.settings.database.changeLogRetentionMs;
    await settleLogs(client);
    const owns = await ownsLog(client);
    if (owns) {
      await finishDetaching(client);
      await createDaysAhead(client, today);
      await dropDays(client, before);
    }
    await deleteRows(client, before, owns);
  }

  private async tryMaintain(): Promise<void> {
    try {
      await this.maintain();
      this.next(EVERY_MS);
    } catch (error) {
      if (!this.stopped)
        this.logger.warn({ msg: 'change log maintenance failed, will retry', ...describeError(error) });
      this.next(AGAIN_AFTER_MS);
    }
  }

  private next(afterMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.tryMaintain(), afterMs).unref();
  }
}
