import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { NIL, v7 as uuidv7 } from 'uuid';

import { crashPoint } from '../../common/crash-point.js';
import { describeError } from '../../common/logging/describe-error.js';
import { CLIENT_CONFIG } from '../../database/connection.js';
import { isDatabaseAway, isLostRace, serverErrorOf } from '../../database/database-errors.js';
import { REQUEST_LIMITS, type SessionConfig } from '../../database/session.js';
import { tickerLateness } from '../../metrics/meters.js';
import { ChangeFeed } from '../log/change-feed.js';
import { toRoomTimer } from '../records/room-timer-record.js';
import type { TimerChange } from '../records/timer-change.js';
import { toTimer } from '../records/timer-record.js';
import { byTimer, type WritePlan, type WriteResult } from '../records/write-plan.js';
import { writtenChanges } from '../records/written-changes.js';
import { completePhase } from '../rules/room-timer.js';
import { type Due, DUE_IN_SECOND, DUE_NOW } from '../statements/due-statement.js';
import type { PreparedStatement } from '../statements/prepared-statement.js';
import { writeStatement } from '../statements/write-statement.js';
import { ENDED_BEFORE_MS, OwnConnection } from '../../database/own-connection.js';
import { roomWrites } from '../records/room-writes.js';
import { STATEMENT_TIMEOUT_MS } from '../writer/time-limits.js';

/** Approximate maximum of sessions prepared for one second; further ones are found when they are due. */
const MAX_READY = 20_000;
/** Seconds after which unused preparations are discarded. */
const KEPT_SECONDS = 5;
/** Interval between attempts at a session that cannot be completed; other sessions do not wait for it. */
const SET_ASIDE_MS = 60_000;

/** The position at which the search for due sessions continues. */
type DuePosition = Pick<Due, 'deadline_at' | 'id'>;

const BEGINNING: DuePosition = { deadline_at: 0, id: NIL };

/** Prepared completions. Their statement skips sessions that have changed since. */
interface Ready {
  readonly rows: readonly Due[];
  readonly batch: WritePlan;
  readonly statement: PreparedStatement;
}

/**
 * Completes sessions that reach their target. Each completion is guarded by the revisions of the session and of the
 * room timer, so any number of instances can prepare it in advance (ADR 0018). Uses a dedicated connection (ADR 0017).
 */
@Injectable()
export class DueSessions implements OnApplicationShutdown {
  private readonly logger = new Logger(DueSessions.name);
  private readonly connection: OwnConnection;
  /** Time of the next attempt (milliseconds) at sessions that could not be completed, by id. */
  private readonly setAside = new Map<string, number>();
  /** Prepared completions by the second in which they are due. */
  private readonly ready = new Map<number, Ready[]>();
  private fromTheEnd = false;
  /** Time of the last {@link completeDue} call, in milliseconds. */
  private askedAt = 0;

  constructor(
    private readonly feed: ChangeFeed,
    @Inject(CLIENT_CONFIG) config: SessionConfig,
  ) {
    this.connection = new OwnConnection(
      { ...config, application_name: 'metronome-ticker', query_timeout: STATEMENT_TIMEOUT_MS },
      { ...REQUEST_LIMITS, statementMs: STATEMENT_TIMEOUT_MS - ENDED_BEFORE_MS },
    );
  }

  /**
   * Prepares the completions of a future second, up to {@link MAX_READY}, so that {@link completeDue} only sends them.
   * @param second whole seconds since the epoch
   * @param limit sessions in one statement
   * @throws the driver's errors; completions prepared before the error are kept
   */
  async prepareDue(second: number, limit: number): Promise<void> {
    for (const other of this.ready.keys()) if (other < second - KEPT_SECONDS) this.ready.delete(other);
    const ready: Ready[] = [];
    this.ready.set(second, ready);
    let after: string = NIL;
    for (let found = 0; found < MAX_READY && this.askedAt < second * 1_000; found += limit) {
      const rows = await this.query<Due>({ ...DUE_IN_SECOND, values: [second, after, limit, this.asideNow()] });
      if (rows.length > 0) ready.push(...this.completionsOf(rows));
      if (rows.length < limit) return;
      after = rows.at(-1)?.id ?? NIL;
    }
  }

  /**
   * Completes up to `limit` sessions whose target is not after `now` (milliseconds), each at its target, and starts the
   * breaks that begin there. Skips sessions that another transaction has locked.
   * @returns the changes in the order of the log; an empty array when no session is left
   */
  async completeDue(now: number, limit: number): Promise<TimerChange[]> {
    const changes = await this.complete(now, limit);
    this.feed.publish(changes);
    for (const { action, at } of changes)
      if (action === 'complete') tickerLateness.observe(Math.max(0, now / 1_000 - at));
    return changes;
  }

  onApplicationShutdown(): Promise<void> {
    return this.connection.close();
  }

  private async complete(now: number, limit: number): Promise<TimerChange[]> {
    this.askedAt = now;
    for (let ready = this.takeReady(now); ready !== undefined; ready = this.takeReady(now)) {
      const changes = await this.writeAll([ready]);
      if (changes.length > 0) return changes;
      // Another instance took this batch; continue from the other end so that the two do not collide on every batch.
      this.fromTheEnd = !this.fromTheEnd;
      const [left] = await this.look(now, BEGINNING, 1);
      if (left === undefined) this.forgetReady(now);
    }
    return this.completeFound(now, limit);
  }

  /** Completes sessions that were not prepared: started, resumed or changed recently, or due before a restart. */
  private async completeFound(now: number, limit: number): Promise<TimerChange[]> {
    for (let after: DuePosition = BEGINNING; ;) {
      const rows = await this.look(now, after, limit);
      const last = rows.at(-1);
      if (last === undefined) return [];
      const changes = await this.writeAll(this.completionsOf(rows));
      if (changes.length > 0 || rows.length < limit) return changes;
      after = last;
    }
  }

  private look(now: number, after: DuePosition, limit: number): Promise<Due[]> {
    return this.query<Due>({ ...DUE_NOW, values: [now / 1_000, after.deadline_at, after.id, limit, this.asideNow()] });
  }

  private takeReady(now: number): Ready | undefined {
    for (const [second, ready] of this.ready) {
      if (second * 1_000 > now) continue;
      const next = this.fromTheEnd ? ready.pop() : ready.shift();
      if (next !== undefined) return next;
      this.ready.delete(second);
    }
    return undefined;
  }

  private forgetReady(now: number): void {
    for (const second of this.ready.keys()) if (second * 1_000 <= now) this.ready.delete(second);
  }

  private async writeAll(all: readonly Ready[]): Promise<TimerChange[]> {
    const changes: TimerChange[] = [];
    for (const ready of all) changes.push(...(await this.writeOrSplit(ready)));
    return changes;
  }

  /**
   * Writes a batch. When the database rejects it, each completion is tried individually, so that one that always fails
   * does not block the others; that one is set aside.
   */
  private async writeOrSplit(ready: Ready): Promise<TimerChange[]> {
    try {
      return await this.write(ready);
    } catch (error) {
      if (serverErrorOf(error) === undefined || isDatabaseAway(error) || isLostRace(error)) throw error;
      const [row] = ready.rows;
      if (ready.rows.length > 1) return this.writeAll(ready.rows.flatMap((each) => this.completionsOf([each])));
      if (row !== undefined) this.putAside(row, error);
      return [];
    }
  }

  private completionsOf(rows: readonly Due[]): Ready[] {
    try {
      return rows.length === 0 ? [] : [completionsOf(rows)];
    } catch (error) {
      if (rows.length > 1) return rows.flatMap((row) => this.completionsOf([row]));
      for (const row of rows) this.putAside(row, error);
      return [];
    }
  }

  private putAside({ id }: Due, error: unknown): void {
    this.setAside.set(id, this.askedAt + SET_ASIDE_MS);
    this.logger.error({ msg: 'a session cannot be completed and is set aside', timerId: id, ...describeError(error) });
  }

  /** Ids of the sessions that are set aside now. */
  private asideNow(): string[] {
    for (const [id, until] of this.setAside) if (until <= this.askedAt) this.setAside.delete(id);
    return [...this.setAside.keys()];
  }

  private async write({ batch, statement }: Ready): Promise<TimerChange[]> {
    crashPoint('before-break');
    const writing = this.query<WriteResult>(statement);
    crashPoint('before-commit');
    const rows = await writing;
    crashPoint('after-commit');
    return writtenChanges(batch, byTimer(rows));
  }

  private async query<Row extends object>(statement: PreparedStatement): Promise<Row[]> {
    const client = await this.connection.get();
    try {
      return (await client.query<Row>(statement)).rows;
    } catch (error) {
      if (serverErrorOf(error) === undefined || isDatabaseAway(error)) this.connection.drop(client);
      throw error;
    }
  }
}

function completionsOf(rows: readonly Due[]): Ready {
  const batch = roomWrites(
    rows.map((row) => completePhase(toRoomTimer(row, toTimer(row)), uuidv7)),
    null,
  );
  return { rows, batch, statement: writeStatement(batch, { skipLocked: true }) };
}
