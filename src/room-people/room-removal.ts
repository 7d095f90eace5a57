import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { describeError } from '../common/logging/describe-error.js';
import { Database } from '../database/database.js';
import { RepeatedWork } from '../common/repeated-work.js';
import { type Transaction, Transactions } from '../database/transactions.js';
import { Clock } from '../timer-domain/clock/clock.js';
import { overlapOf, type Stay } from './attendance.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from '../timer-domain/records/timer-record.js';

const EVERY_MS = 60_000;
const NOT_REMOVED = 'deleted room not removed entirely, will retry';
/** Sessions in one slice; each is kept for every member who attended it. */
const SESSIONS_AT_ONCE = 100;
const ROWS_AT_ONCE = 2_000;
/** Time that a deletion spends on slices before its response; the rest follows in the background. */
const AT_FIRST_MS = 1_000;

const SESSIONS = `SELECT ${TIMER_COLUMNS} FROM timers t WHERE t.room_id = $1 ORDER BY t.started_at, t.id LIMIT ${SESSIONS_AT_ONCE}`;
/** The index has this order. On old statistics the planner would read and sort all remaining sessions for each slice. */
const IN_INDEX_ORDER = 'SET LOCAL enable_bitmapscan = off';
/** Members' stays that overlap a period. */
const STAYS = `
  SELECT p.user_id, floor(extract(epoch from p.came_at))::float8 AS start,
    floor(extract(epoch from coalesce(p.went_at, p.seen_at)))::float8 AS "end"
  FROM room_presence p
  WHERE p.room_id = $1 AND p.user_id IS NOT NULL AND p.came_at < to_timestamp($3::float8)
    AND coalesce(p.went_at, p.seen_at) > to_timestamp($2::float8)`;
const KEEP = `
  INSERT INTO kept_attendances (user_id, session_id, room_id, room_name, session, segments, started_at)
  SELECT k.user_id, t.id, t.room_id, coalesce(t.title, ''), to_jsonb(t), k.segments, t.started_at
  FROM unnest($1::text[], $2::uuid[], $3::jsonb[]) AS k (user_id, session_id, segments)
  JOIN timers t ON t.id = k.session_id JOIN users u ON u.id = k.user_id
  ON CONFLICT DO NOTHING`;

/** Statements that delete a slice of the room's other rows, which members do not need. */
const REST = [
  `DELETE FROM room_presence WHERE id IN (SELECT id FROM room_presence WHERE room_id = $1 LIMIT ${ROWS_AT_ONCE})`,
  `DELETE FROM participants WHERE room_id = $1
     AND id IN (SELECT id FROM participants WHERE room_id = $1 LIMIT ${ROWS_AT_ONCE})`,
  `DELETE FROM timer_changes WHERE owner = $1::text AND (transaction_id, id, logged_at) IN (
     SELECT transaction_id, id, logged_at FROM timer_changes WHERE owner = $1::text LIMIT ${ROWS_AT_ONCE})`,
] as const;

interface MemberStay extends Stay {
  readonly user_id: string;
}

/**
 * Deletes the rows of deleted rooms in slices, each in its own transaction, because a room may have tens of thousands
 * of sessions. Sessions that members attended are copied to the members' own history
 * (docs/spec/rooms.md#a-members-own-history); until then, the history reads them from the room's rows.
 */
@Injectable()
export class RoomRemoval implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RoomRemoval.name);
  private readonly sweeping = new RepeatedWork({
    everyMs: EVERY_MS,
    run: () => this.sweep(),
    logger: this.logger,
    failure: NOT_REMOVED,
  });
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeping.start();
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
    this.sweeping.stop();
  }

  /**
   * Deletes the room's timer and live session, and ends its presence, in this transaction. The other rows are deleted
   * after the commit.
   */
  async remove(transaction: Transaction, roomId: string): Promise<void> {
    const { manager } = transaction;
    const now = this.clock.now() / 1_000;
    await manager.query(`DELETE FROM room_clocks WHERE room_id = $1`, [roomId]);
    await manager.query(`DELETE FROM timers WHERE room_id = $1 AND ended_at IS NULL`, [roomId]);
    await manager.query(
      `UPDATE room_presence SET went_at = greatest(came_at, to_timestamp($2::float8)) WHERE room_id = $1 AND went_at IS NULL`,
      [roomId, now],
    );
    await manager.query(
      `INSERT INTO deleted_rooms (room_id, deleted_at) VALUES ($1, to_timestamp($2::float8)) ON CONFLICT DO NOTHING`,
      [roomId, now],
    );
    transaction.afterCommit(() => this.try(() => this.takeApart(roomId, AT_FIRST_MS)));
  }

  /** Continues the removal of deleted rooms. */
  async sweep(): Promise<void> {
    const rooms: { room_id: string }[] = await this.database.query(
      `SELECT room_id FROM deleted_rooms ORDER BY deleted_at`,
    );
    for (const { room_id: roomId } of rooms) await this.takeApart(roomId, Infinity);
  }

  /** @param withinMs time after which no further slice begins; the removal then continues in the background */
  private async takeApart(roomId: string, withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    for (let isLeft = true; isLeft && !this.isStopping && performance.now() < until;) isLeft = await this.slice(roomId);
    // The deletion gets its response; the rest continues in the background.
    if (withinMs !== Infinity && performance.now() >= until) void this.try(() => this.takeApart(roomId, Infinity));
  }

  /** @returns whether rows may be left; false also while another transaction removes the room */
  private slice(roomId: string): Promise<boolean> {
    return this.transactions.run(async ({ manager }) => {
      const mine: unknown[] = await manager.query(
        `SELECT FROM deleted_rooms WHERE room_id = $1 FOR UPDATE SKIP LOCKED`,
        [roomId],
      );
      if (mine.length === 0) return false;
      if (await keepSessions(manager, roomId)) return true;
      for (const statement of REST) {
        const [, count]: [unknown, number] = await manager.query(statement, [roomId]);
        if (count === ROWS_AT_ONCE) return true;
      }
      await manager.query(`DELETE FROM deleted_rooms WHERE room_id = $1`, [roomId]);
      return false;
    });
  }

  private async try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn({ msg: NOT_REMOVED, ...describeError(error) });
    }
  }
}

/** The oldest sessions become their members' own and are deleted. @returns false when there are none */
async function keepSessions(manager: EntityManager, roomId: string): Promise<boolean> {
  await manager.query(IN_INDEX_ORDER);
  const rows: TimerRecord[] = await manager.query(SESSIONS, [roomId]);
  if (rows.length === 0) return false;
  const from = rows[0]?.started_at ?? 0;
  const to = Math.max(...rows.map(({ ended_at: ended, started_at: started }) => ended ?? started));
  const stays = staysByUser(await manager.query<MemberStay[]>(STAYS, [roomId, from, to]));
  const kept = rows
    .filter(({ session_type: type }) => type === 'work')
    .flatMap((row) => {
      const session = toTimer(row);
      return [...stays].flatMap(([userId, line]) => {
        const segments = overlapOf(session, line);
        return segments.length === 0 ? [] : [{ userId, sessionId: row.id, segments }];
      });
    });
  await manager.query(KEEP, [
    kept.map(({ userId }) => userId),
    kept.map(({ sessionId }) => sessionId),
    kept.map(({ segments }) => JSON.stringify(segments.map(({ start, end }) => [start, end]))),
  ]);
  await manager.query(`DELETE FROM timers WHERE id = ANY($1::uuid[])`, [rows.map(({ id }) => id)]);
  // Slices come oldest first: no remaining session began before this time, so none needs these entries.
  await manager.query(
    `DELETE FROM room_presence WHERE id IN (
       SELECT id FROM room_presence WHERE room_id = $1 AND came_at < to_timestamp($2::float8)
         AND went_at <= to_timestamp($2::float8) ORDER BY came_at LIMIT ${ROWS_AT_ONCE})`,
    [roomId, to],
  );
  return true;
}

function staysByUser(rows: readonly MemberStay[]): Map<string, Stay[]> {
  const people = new Map<string, Stay[]>();
  for (const { user_id: userId, start, end } of rows) {
    const stays = people.get(userId) ?? [];
    people.set(userId, stays);
    stays.push({ start, end });
  }
  return people;
}
