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

/** Leaves that failed are tried again this often, and so is a sign of life that could not be written. */
const TICK_MS = 1_000;
/**
 * How often an instance says that its people are still there; a crash loses at most that much of them
 * (docs/spec/rooms.md#presence).
 */
const ALIVE_EVERY_MS = 10_000;
/** After this long without a sign of life the people of an instance have left. */
const SILENCE_SECONDS = 20;
const REAP_EVERY_MS = 5_000;
/** Entries of one statement. */
const AT_ONCE = 1_000;
/** Waiting for rooms that are being changed takes at most about this long; the rest is tried again. */
const WAIT_MS = 2_000;

/** Somebody in a room, under their public id. */
export interface Present {
  readonly id: string;
  readonly name: string;
  readonly isHost: boolean;
  /** Whole seconds since the epoch. */
  readonly joinedAt: number;
  /** Taken out of the room; their sockets are about to close. */
  readonly isRemoved: boolean;
}

/** A place that was given up; withdrawn when nobody was told that it was taken. */
interface Leave extends Closing {
  readonly isWithdrawn: boolean;
}

/** Signs of life of those entries that nobody else holds. @returns all of them that are open */
const KEEP_ALIVE = `
  WITH held AS MATERIALIZED (
    SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) AND went_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED),
  kept AS (UPDATE room_presence p SET seen_at = to_timestamp($2::float8) FROM held WHERE p.id = held.id)
  SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) AND went_at IS NULL`;

/** @returns those that somebody else holds */
const WITHDRAW = `
  WITH held AS MATERIALIZED (SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM room_presence p USING held WHERE p.id = held.id RETURNING p.id)
  SELECT id FROM room_presence WHERE id = ANY($1::uuid[]) EXCEPT SELECT id FROM gone`;

/**
 * Who is where, and since when: written with the handshake, kept alive every 10 s, closed when they go
 * (docs/spec/rooms.md#presence).
 */
@Injectable()
export class Presence implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Presence.name);
  private readonly instance = randomUUID();
  /** Those who are here; nobody else is kept alive. */
  private readonly places = new Set<Place>();
  private readonly leaves = new LeaveQueue<Leave>(
    (leaves) => this.writeLeaves(leaves),
    (count, error) => {
      this.logger.warn({ msg: 'presence entries not closed, will retry', count, ...describeError(error) });
    },
  );
  /** Whether silence of others counts: see {@link DatabaseSight}. */
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

  /** Leaves that failed, signs of life, then the silence of others: an instance keeps its own people alive first. */
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
   * Takes a place in a room, counted over all instances: the caller holds the room's row, so that sixty who come at once
   * do not all find the last place free.
   * @returns undefined when `max` people are there already and this is none of them
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

  /** Tells the room that somebody came; one coming or going is counted after the other, in the order of the signals. */
  async announceJoin(place: Place): Promise<void> {
    await this.transactions.of(place.roomId).run(async (transaction) => {
      await this.timers.lock(transaction, place.roomId);
      await this.announce(transaction, place, 'joined');
    });
  }

  /** To the others, who know them by a name, somebody who is here leaves and comes; of who is not here nothing is told. */
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
   * Gives a place up; the room hears of it when it was the person's last one. A place that was given up already is left as it is.
   * @throws what the first attempt came to; it is tried again until it is written
   */
  async leave(place: Place): Promise<void> {
    if (this.places.delete(place)) await this.leaves.add({ place, wentAt: this.now(), isWithdrawn: false });
  }

  /** A place that was taken for a handshake that came to nothing: nobody was told of it. @throws as {@link leave} */
  async withdraw(place: Place): Promise<void> {
    if (this.places.delete(place)) await this.leaves.add({ place, wentAt: undefined, isWithdrawn: true });
  }

  /**
   * Deletes entries of guests that ended before a second: they are in nobody's history. @param limit of one statement
   * @returns until when their rooms were in use by them, and how many entries went
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

  /** Tries those leaves again that could not be written. */
  retryLeaves(): Promise<void> {
    return this.leaves.retry();
  }

  /** Everybody with an open socket, over all instances, in the order they came. */
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

  /** Says that this instance's people are still there; who was given up meanwhile comes again. */
  async keepAlive(): Promise<void> {
    // Who comes while this is written is not missing from it.
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

  /** A room that others hold does not keep the people of other rooms waiting: they are met again at the next sign of life. */
  private async tryComeAgain(place: Place): Promise<void> {
    try {
      await this.comeAgain(place);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.warn({ msg: 'presence entry not renewed, will retry', ...describeError(error) });
    }
  }

  /** Closes the places of instances that fell silent, at their last sign of life. */
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

  /** @returns those that are done */
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

  /** A room that others hold for too long keeps only its own people waiting. */
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
      // Nobody comes again into a room that is deleted, nor who has left meanwhile.
      if (!exists || !this.places.has(place)) return;
      const isFirst = !(await this.hasPlace(manager, place));
      await this.insert(manager, anew);
      transaction.afterCommit(() => {
        if (this.places.has(place)) place.id = anew.id;
        // Gone while this was written: what was closed is the former entry. A failure is logged, and tried again.
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

  /** Whether the person has a socket open in the room, here or elsewhere. */
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

  /** People without a sign of life after this second are gone; 0 while silence does not count. */
  private get silentSince(): number {
    const now = this.clock.now() / 1_000;
    return this.sight.isSteady(now) ? now - SILENCE_SECONDS : 0;
  }

  /** Seconds; undefined while the clock is not known. */
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
