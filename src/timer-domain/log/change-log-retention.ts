import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client, type ClientConfig } from 'pg';

import { describeError } from '../../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { CLIENT_CONFIG } from '../../database/connection.js';
import { settleLogs } from '../../database/log-home.js';
import { createDaysAhead, deleteRows, dropDays, finishDetaching, ownsLog } from './change-log-days.js';

const EVERY_MS = 3_600_000;
const AGAIN_AFTER_MS = 5_000;
/** Any number that nothing else in the database locks by. */
const LOCK = 7_140_001;
/** Detaching a day waits for readers of the log, of which the longest is a backup. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** Nobody waits behind what it waits for, save where it sets less. Its rows come in the order of the primary key, of which a slice is all that is read. */
const SESSION = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET lock_timeout = '30s'; SET enable_sort = off`;

/**
 * Keeps `timer_changes` partitioned by day: the days ahead exist before they are needed, days older than
 * `CHANGE_LOG_RETENTION` are dropped whole, by the database's clock. No step of it makes a command wait; one that does not
 * succeed is tried again within seconds. A row whose day is missing is not lost, and deleted in its time.
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

  /** Nothing waits for it: what is logged meanwhile has its place in any case. */
  onApplicationBootstrap(): void {
    void this.tryMaintain();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    // Whatever it waits for, the next start goes on with it.
    await this.client?.end();
    await this.working;
  }

  /**
   * Does what is due, after what is under way; one instance at a time.
   * @param now milliseconds since the epoch, in the place of the database's clock
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
      // Closed, which gives up the lock: a statement that took too long may still be under way on it.
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
