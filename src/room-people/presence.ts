import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { describeError } from '../common/logging/describe-error.js';
import { Database } from '../database/database.js';
import { RepeatedWork } from '../common/repeated-work.js';
import { isDatabaseAway, isLostRace } from '../database/database-errors.js';
import { type Transaction, Transactions } from '../database/transactions.js';
import { Signals } from '../signals/signals.js';
import { roomTopic } from '../signals/topics.js';
import { Clock } from '../timer-domain/clock/clock.js';
import { RoomTimers } from '../timer-domain/rooms/room-timers.js';
import { DatabaseSight } from './database-sight.js';
import { LeaveQueue } from './leave-queue.js';
import { type PeopleChange, type Place, ROOM_PEOPLE } from './presence-entry.js';
import { type Closing, closeTogether, isThere } from './presence-closing.js';

export { type PeopleChange, type Place, ROOM_PEOPLE } from './presence-entry.js';

/** Interval at which failed leaves and failed signs of life are retried. */
const TICK_MS = 1_000;
/**
 * Interval of an instance's signs of life. A crash loses at most this much of the recorded presence
 * (docs/spec/rooms.md#presence).
 */
const ALIVE_EVERY_MS = 10_000;
/** After this long without a sign of life, an instance's people count as having left. */
const SILENCE_SECONDS = 20;
const REAP_EVERY_MS = 5_000;
/** Maximum number of entries in one statement. */
const AT_ONCE = 1_000;
/** Approximate limit for waiting on locked rooms; leaves that remain are retried. */
const WAIT_MS = 2_000;

/** A person who is present in a room, under their public id. */
export interface Present {
  readonly id: string;
  readonly name: string;
  readonly isHost: boolean;
  /** Whole seconds since the epoch. */
  readonly joinedAt: number;
  /** Removed from the room; the sockets are about to close. */
  readonly isRemoved: boolean;
}

/** A leave to write. It is withdrawn, not closed, when the join was never announced. */
interface Leave extends Closing {
  readonly isWithdrawn: boolean;
}

/** Writes a sign of life for entries that no other transaction has locked. @returns all open entries */
const KEEP_ALIVE = `
  WITH held AS MATERIALIZED (
    SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) AND went_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED),
  kept AS (UPDATE room_presence p SET seen_at = to_timestamp($2::float8) FROM held WHERE p.id = held.id)
  SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) AND went_at IS NULL`;

/** Deletes entries. @returns those that another transaction has locked */
const WITHDRAW = `
  WITH held AS MATERIALIZED (SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM room_presence p USING held WHERE p.id = held.id RETURNING p.id)
  SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) EXCEPT SELECT id FROM gone`;

/**
 * The presence of people in rooms: an entry is written with the handshake, kept alive every 10 s, and closed when the
 * connection leaves (docs/spec/rooms.md#presence).
 */
@Injectable()
export class Presence implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Presence.name);
  private readonly instance = randomUUID();
  /** Entries of this instance's connections; only these are kept alive. */
  private readonly places = new Set<Place>();
  private readonly leaves = new LeaveQueue<Leave>(
    (leaves) => this.writeLeaves(leaves),
    (count, error) => {
      this.logger.warn({ msg: 'presence entries not closed, will retry', count, ...describeError(error) });
    },
  );
  /** Decides whether the silence of other instances counts. */
  readonly sight = new DatabaseSight();
  private keptAliveAt = -Infinity;
  private reapedAt = -Infinity;
  private readonly ticking = new RepeatedWork({
    everyMs: TICK_MS,
    run: () => this.tick(),
    logger: this.logger,
    failure: 'presence cannot be written',
  });

  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
    private readonly timers: RoomTimers,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.ticking.start();
  }

  beforeApplicationShutdown(): void {
    this.ticking.stop();
  }

  /**
   * Retries failed leaves, writes signs of life, then closes entries of silent instances: an instance keeps its own
   * entries alive first.
   */
  private async tick(): Promise<void> {
    try {
      await this.leaves.retry();
      const now = performance.now();
      if (now - this.keptAliveAt >= ALIVE_EVERY_MS) {
        await this.keepAlive();
        this.keptAliveAt = now;
      }
      if (now - this.reapedAt >= REAP_EVERY_MS) {
        await this.reap();
        this.reapedAt = now;
      }
    } catch (error) {
      if (isDatabaseAway(error) || isLostRace(error)) this.sight.lost();
      throw error;
    }
  }

  /**
   * Enters a room, counting people over all instances. The caller must have locked the room's row, so that people who
   * enter at the same time cannot exceed the limit together.
   * @returns undefined when `max` other people are present and this person is not
   */
  async take(
    transaction: Transaction,
    who: Omit<Place, 'id'>,
    max: number,
  ): Promise<{ place: Place; isFirst: boolean } | undefined> {
    const { manager } = transaction;
    const [there]: { people: number; already: boolean }[] = await manager.query(
      `SELECT count(DISTINCT participant_id)::int AS people, coalesce(bool_or(participant_id = $2), false) AS already
       FROM room_presence p WHERE room_id = $1 AND ${isThere('$3')}`,
      [who.roomId, who.participantId, this.silentSince],
    );
    const isFirst = there?.already !== true;
    if (isFirst && (there?.people ?? 0) >= max) return undefined;
    const place = { id: randomUUID(), ...who };
    await this.insert(manager, place);
    transaction.afterCommit(() => {
      this.places.add(place);
    });
    return { place, isFirst };
  }

  /**
   * Announces a join to the room. It locks the room's row, so that joins and leaves are counted in the order of their
   * stored events.
   */
  async announceJoin(place: Place): Promise<void> {
    await this.transactions.of(place.roomId).run(async (transaction) => {
      await this.timers.lock(transaction, place.roomId);
      await this.announce(transaction, place, 'joined');
    });
  }

  /**
   * Announces a rename as a leave and a join, because clients know people by name. Does nothing for people who are not
   * present.
   */
  async announceRename(
    transaction: Transaction,
    who: Pick<Place, 'roomId' | 'participantId'>,
    former: string,
    name: string,
  ): Promise<void> {
    if (!(await this.hasPlace(transaction.manager, who))) return;
    const count = await this.countIn(who.roomId, transaction.manager);
    await this.tell(transaction, who, former, 'left', count - 1);
    await this.tell(transaction, who, name, 'joined', count);
  }

  /**
   * Leaves a room, and announces it when this was the person's last connection there. Does nothing for an entry that
   * has left already.
   * @throws the error of the first attempt; the leave is retried until it is written
   */
  async leave(place: Place): Promise<void> {
    if (this.places.delete(place)) await this.leaves.add({ place, wentAt: this.now(), isWithdrawn: false });
  }

  /** Deletes the entry of a join that was never announced, such as a failed handshake. @throws as {@link leave} */
  async withdraw(place: Place): Promise<void> {
    if (this.places.delete(place)) await this.leaves.add({ place, wentAt: undefined, isWithdrawn: true });
  }

  /**
   * Deletes guests' entries that ended before a given second; no user's history contains them.
   * @param limit maximum number of entries
   * @returns the last use of each room by these guests, and the number of deleted entries
   */
  async pruneGuests(
    { manager }: Transaction,
    before: number,
    limit: number,
  ): Promise<{ uses: { roomId: string; at: number }[]; count: number }> {
    const rows: { room_id: string; at: number; count: number }[] = await manager.query(
      `WITH pruned AS (
         DELETE FROM room_presence WHERE id IN (
           SELECT id FROM room_presence WHERE user_id IS NULL AND went_at < to_timestamp($1::float8)
           ORDER BY went_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING room_id, went_at)
       SELECT room_id, extract(epoch from max(went_at))::float8 AS at, count(*)::int AS count FROM pruned GROUP BY room_id
       ORDER BY room_id`,
      [before, limit],
    );
    const uses = rows.map(({ room_id: roomId, at }) => ({ roomId, at }));
    return { uses, count: rows.reduce((sum, { count }) => sum + count, 0) };
  }

  /** Retries leaves that could not be written. */
  retryLeaves(): Promise<void> {
    return this.leaves.retry();
  }

  /** The people with an open socket on any instance, in the order they joined. */
  peopleIn(roomId: string, manager: EntityManager = this.database.manager): Promise<Present[]> {
    return manager.query(
      `SELECT q.id, q.name, q.is_host AS "isHost", floor(extract(epoch from min(p.came_at)))::float8 AS "joinedAt",
         q.removed AS "isRemoved"
       FROM room_presence p JOIN participants q ON q.room_id = p.room_id AND q.id = p.participant_id
       WHERE p.room_id = $1 AND ${isThere('$2')} GROUP BY q.id, q.name, q.is_host, q.removed ORDER BY min(p.came_at), q.id`,
      [roomId, this.silentSince],
    );
  }

  async countIn(roomId: string, manager: EntityManager = this.database.manager): Promise<number> {
    const rows: { people: number }[] = await manager.query(
      `SELECT count(DISTINCT participant_id)::int AS people FROM room_presence p WHERE room_id = $1 AND ${isThere('$2')}`,
      [roomId, this.silentSince],
    );
    return rows[0]?.people ?? 0;
  }

  /** Writes signs of life for this instance's entries, and opens entries again that another instance has closed. */
  async keepAlive(): Promise<void> {
    // A copy: entries added during the write must not count as missing.
    const expected = [...this.places];
    for (let from = 0; from < expected.length; from += AT_ONCE) {
      await this.keepThese(expected.slice(from, from + AT_ONCE));
    }
  }

  private async keepThese(expected: readonly Place[]): Promise<void> {
    const now = this.clock.now() / 1_000;
    const ids = expected.map(({ id }) => id);
    const open: { id: string }[] = await this.database.query(KEEP_ALIVE, [ids, now]);
    this.sight.seen(now);
    const known = new Set(open.map(({ id }) => id));
    for (const place of expected) if (this.places.has(place) && !known.has(place.id)) await this.tryComeAgain(place);
  }

  /** A failure, such as a locked room, does not stop other rooms; the entry is retried with the next sign of life. */
  private async tryComeAgain(place: Place): Promise<void> {
    try {
      await this.comeAgain(place);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.warn({ msg: 'presence entry not renewed, will retry', ...describeError(error) });
    }
  }

  /** Closes entries of silent instances, as of their last sign of life. */
  async reap(): Promise<void> {
    const now = this.clock.now() / 1_000;
    const silent: { id: string; room_id: string; participant_id: string; user_id: string | null }[] =
      await this.database.query(
        `SELECT id, room_id, participant_id, user_id FROM room_presence p
         WHERE went_at IS NULL AND seen_at <= to_timestamp($1::float8) LIMIT ${AT_ONCE}`,
        [this.silentSince],
      );
    this.sight.seen(now);
    if (silent.length === 0) return;
    const closings = silent.map(({ id, room_id: roomId, participant_id: participantId, user_id: userId }) => ({
      place: { id, roomId, participantId, userId },
      wentAt: undefined,
    }));
    await this.close(closings, { waits: false, silentSince: this.silentSince });
  }

  /** @returns the leaves that are done */
  private async writeLeaves(leaves: readonly Leave[]): Promise<ReadonlySet<Leave>> {
    const done = new Set(await this.writeWithdrawals(leaves.filter(({ isWithdrawn }) => isWithdrawn)));
    const closings = leaves.filter(({ isWithdrawn }) => !isWithdrawn);
    if (closings.length === 0) return done;
    for (const leave of await this.close(closings, { waits: false })) done.add(leave);
    const until = performance.now() + WAIT_MS;
    for (const inOneRoom of byRoom(closings.filter((leave) => !done.has(leave)))) {
      if (performance.now() > until) break;
      for (const leave of await this.closeAfterWaiting(inOneRoom)) done.add(leave);
    }
    return done;
  }

  private async writeWithdrawals(leaves: readonly Leave[]): Promise<Leave[]> {
    if (leaves.length === 0) return [];
    const held: { id: string }[] = await this.database.query(WITHDRAW, [leaves.map(({ place }) => place.id)]);
    const isHeld = new Set(held.map(({ id }) => id));
    return leaves.filter(({ place }) => !isHeld.has(place.id));
  }

  /** Closes one room's entries, waiting for its lock; a room that stays locked delays only its own people. */
  private async closeAfterWaiting(leaves: readonly Leave[]): Promise<ReadonlySet<Leave>> {
    try {
      return await this.close(leaves, { waits: true });
    } catch (error) {
      if (!isLostRace(error)) throw error;
      return new Set();
    }
  }

  private close<One extends Closing>(
    closings: readonly One[],
    how: { waits: boolean; silentSince?: number },
  ): Promise<Set<One>> {
    const now = this.clock.now() / 1_000;
    return this.transactions.run((transaction) =>
      closeTogether(transaction, this.timers, this.signals, closings, { ...how, thereSince: this.silentSince, now }),
    );
  }

  private async comeAgain(place: Place): Promise<void> {
    const anew = { ...place, id: randomUUID() };
    await this.transactions.of(place.roomId).run(async (transaction) => {
      const { manager } = transaction;
      const exists = await this.timers.lock(transaction, place.roomId);
      // The room has been deleted, or the connection has left.
      if (!exists || !this.places.has(place)) return;
      const isFirst = !(await this.hasPlace(manager, place));
      await this.insert(manager, anew);
      transaction.afterCommit(() => {
        if (this.places.has(place)) place.id = anew.id;
        // The connection left during the write, which closed the former entry only. A failure is logged and retried.
        else this.leaves.add({ place: anew, wentAt: this.now(), isWithdrawn: false }).catch(() => undefined);
      });
      if (isFirst) await this.announce(transaction, anew, 'joined');
    });
  }

  private async insert(manager: EntityManager, { id, roomId, participantId, userId }: Place): Promise<void> {
    await manager.query(
      `INSERT INTO room_presence (id, room_id, participant_id, user_id, instance, came_at, seen_at)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6::float8), to_timestamp($6::float8))`,
      [id, roomId, participantId, userId, this.instance, this.clock.now() / 1_000],
    );
  }

  /** Whether the person has an open socket in the room, on any instance. */
  private async hasPlace(
    manager: EntityManager,
    { roomId, participantId }: Pick<Place, 'roomId' | 'participantId'>,
  ): Promise<boolean> {
    const places: unknown[] = await manager.query(
      `SELECT FROM room_presence p WHERE room_id = $1 AND participant_id = $2 AND ${isThere('$3')} LIMIT 1`,
      [roomId, participantId, this.silentSince],
    );
    return places.length > 0;
  }

  /** People without a sign of life after this second count as gone; 0 while silence does not count. */
  private get silentSince(): number {
    const now = this.clock.now() / 1_000;
    return this.sight.isSteady(now) ? now - SILENCE_SECONDS : 0;
  }

  /** Seconds; undefined while the database's time is not known. */
  private now(): number | undefined {
    return Number.isFinite(this.clock.uncertaintyMs) ? this.clock.now() / 1_000 : undefined;
  }

  private async announce(transaction: Transaction, place: Place, action: PeopleChange['action']): Promise<void> {
    const rows: { name: string }[] = await transaction.manager.query(
      `SELECT name FROM participants WHERE room_id = $1 AND id = $2`,
      [place.roomId, place.participantId],
    );
    if (rows[0] === undefined) return;
    const count = await this.countIn(place.roomId, transaction.manager);
    await this.tell(transaction, place, rows[0].name, action, count);
  }

  private async tell(
    transaction: Transaction,
    { roomId, participantId: id }: Pick<Place, 'roomId' | 'participantId'>,
    name: string,
    action: PeopleChange['action'],
    count: number,
  ): Promise<void> {
    const body = { action, participant: { id, name }, current_count: count };
    await this.signals.add(transaction, { topic: roomTopic(roomId), kind: ROOM_PEOPLE, body });
  }
}

function byRoom(leaves: readonly Leave[]): Leave[][] {
  const rooms = new Map<string, Leave[]>();
  for (const leave of leaves) rooms.set(leave.place.roomId, [...(rooms.get(leave.place.roomId) ?? []), leave]);
  return [...rooms.values()];
}
