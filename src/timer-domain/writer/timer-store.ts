import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'pg';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { CLIENT_CONFIG } from '../../database/connection.js';
import { tickerLateness } from '../../metrics/meters.js';
import { Database } from '../../database/database.js';
import type { SessionConfig } from '../../database/session.js';
import { currentTransaction, type Transaction, Transactions } from '../../database/transactions.js';
import { ChangeFeed } from '../log/change-feed.js';
import type { TimerChange } from '../records/timer-change.js';
import { DueSessions } from '../completions/due-sessions.js';
import { TimerCache } from './timer-cache.js';
import type { TimerCommandInQueue } from './timer-command.js';
import { loadTimers } from '../statements/load-timers-statement.js';
import { TimerWriter } from './timer-writer.js';
import { TimersInTransaction } from './timers-in-transaction.js';
import { WriterConnection } from './writer-connection.js';
import { WriterQueue } from './writer-queue.js';
import type { Timer } from '../rules/timer.js';

/** A caller hears 503 after this long; the contract promises 3 s. */
const PATIENCE_MS = 2_500;
/** After this long the outcome of a statement counts as unknown. */
const STATEMENT_TIMEOUT_MS = 2_000;
/** A row that was locked is taken to be so for this long: its commands wait by themselves. */
const APART_MS = 10_000;
/** More are no cheaper for each, and leave less for the next batch, which is made ready meanwhile (ADR 0020). */
const MAX_BATCH = 32;

/** The only place that writes timers: a command on one through the queue, or as part of a larger transaction. */
@Injectable()
export class TimerStore implements OnApplicationShutdown {
  private readonly cache = new TimerCache();
  private readonly connection: WriterConnection;
  private readonly due: DueSessions;
  private readonly queue: WriterQueue<TimerCommandInQueue, TimerChange>;

  constructor(
    pool: Pool,
    private readonly database: Database,
    private readonly feed: ChangeFeed,
    private readonly transactions: Transactions,
    @Inject(CLIENT_CONFIG) config: SessionConfig,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.connection = new WriterConnection(config, STATEMENT_TIMEOUT_MS);
    this.due = new DueSessions(config, STATEMENT_TIMEOUT_MS);
    const announce = (changes: readonly TimerChange[]) => {
      feed.publish(changes);
    };
    const writer = new TimerWriter(pool, this.connection, this.cache, announce);
    this.queue = new WriterQueue(writer, {
      maxWaiting: settings.database.writeQueueMax,
      patienceMs: PATIENCE_MS,
      maxBatch: MAX_BATCH,
      minAhead: MAX_BATCH / 2,
      apartMs: APART_MS,
      maxAlone: Math.max(1, Math.floor(settings.database.poolSize / 2) - 1),
    });
  }

  /**
   * Writes one command on one timer; resolves after its commit.
   * @throws TimerRefusal when it is judged and refused; ServiceUnavailableError when the database cannot be asked in time
   */
  submit(command: TimerCommandInQueue): Promise<TimerChange> {
    return currentTransaction() ? this.submitWithin(command) : this.queue.submit(command);
  }

  /** The request is one transaction as a whole: its command belongs there. */
  private submitWithin(command: TimerCommandInQueue): Promise<TimerChange> {
    return this.transactions.run((transaction) => this.within(transaction).carryOut(command));
  }

  /** Timers as part of a larger write. */
  within(transaction: Transaction): TimersInTransaction {
    return new TimersInTransaction(transaction, (changes) => {
      this.remember(changes);
    });
  }

  /** The timer as the database has it now. */
  async load(id: string): Promise<Timer | undefined> {
    const timers = await loadTimers((statement) => this.database.query(statement), [id]);
    return timers.get(id);
  }

  /**
   * Completes up to `limit` sessions whose target is not after `now` (milliseconds), each at its target, with the break
   * that begins there. What another instance or a command has in hand at this moment is left to it.
   * @returns the changes, in the order of the log
   */
  async completeDue(now: number, limit: number): Promise<TimerChange[]> {
    const changes = await this.due.complete(now, limit);
    this.remember(changes);
    for (const { action, at } of changes)
      if (action === 'complete') tickerLateness.observe(Math.max(0, now / 1_000 - at));
    return changes;
  }

  /**
   * Makes ready what is due in a second that is yet to come, so that {@link completeDue} need only send it (ADR 0022).
   * @param second whole seconds since the epoch
   * @param limit sessions in one statement
   */
  prepareDue(second: number, limit: number): Promise<void> {
    return this.due.prepare(second, limit);
  }

  /** Another instance has written this, as the log says. */
  heardOf({ timer }: TimerChange): void {
    this.cache.outdate(timer.id, timer.revision);
  }

  /** The database is another one: its timers may have the revisions that are known here, and be in other states. */
  forgetAll(): void {
    this.cache.clear();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.idle();
    await Promise.all([this.connection.close(), this.due.close()]);
  }

  private remember(changes: readonly TimerChange[]): void {
    for (const { timer, action } of changes) {
      if (action === 'delete') this.cache.forget(timer.id);
      else this.cache.remember(timer);
    }
    this.feed.publish(changes);
  }
}
