import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { describeError } from '../../common/logging/describe-error.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { Signals } from '../../signals/signals.js';
import { Clock } from '../clock/clock.js';

/** How often an instance says that its people are still there; a crash loses at most that much of them (rooms.md). */
const ALIVE_EVERY_MS = 10_000;
/** Nobody hears of a crashed instance's people for this long: they have left. */
const SILENCE_SECONDS = 20;
const REAP_EVERY_MS = 5_000;

/** Somebody in a room, under their public id. */
export interface Present {
  readonly id: string;
  readonly name: string;
  readonly isHost: boolean;
  /** Whole seconds since the epoch. */
  readonly joinedAt: number;
}

/** One socket's place in a room. */
export interface Place {
  /** Of the row; another one after this instance was given up for dead. */
  id: string;
  readonly roomId: string;
  readonly participantId: string;
  readonly userId: string | null;
}

/** Kind of the signal that somebody came or went: body {@link PeopleChange}. */
export const ROOM_PEOPLE = 'room.people';
export const roomTopic = (roomId: string): string => `room:${roomId}`;

export interface PeopleChange {
  readonly action: 'joined' | 'left';
  readonly participant: { readonly id: string; readonly name: string };
  readonly current_count: number;
}

/** @param since the parameter that stands for {@link Presence.silentSince} */
const isThere = (since: string): string => `p.went_at IS NULL AND p.seen_at > to_timestamp(${since}::float8)`;

/** Who is where, and since when: written with the handshake, kept alive every 10 s, closed when they go (rooms.md, "Presence is stored"). */
@Injectable()
export class Presence implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Presence.name);
  private readonly instance = randomUUID();
  private readonly places = new Set<Place>();
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const every = (ms: number, work: () => Promise<void>) =>
      setInterval(() => {
        work().catch((error: unknown) => {
          this.logger.warn({ msg: 'presence cannot be written', ...describeError(error) });
        });
      }, ms).unref();
    this.timers = [every(ALIVE_EVERY_MS, () => this.keepAlive()), every(REAP_EVERY_MS, () => this.reap())];
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
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
    await this.transactions.run(async (transaction) => {
      await transaction.manager.query(`SELECT FROM room_clocks WHERE room_id = $1 FOR UPDATE`, [place.roomId]);
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

  /** Gives a place up; the room hears of it when it was the person's last one. */
  async leave(place: Place): Promise<void> {
    this.places.delete(place);
    await this.transactions.run(async (transaction) => {
      await transaction.manager.query(`SELECT FROM room_clocks WHERE room_id = $1 FOR UPDATE`, [place.roomId]);
      const [closed]: [unknown[]] = await transaction.manager.query(
        `UPDATE room_presence SET went_at = greatest(came_at, to_timestamp($2::float8)), seen_at = to_timestamp($2::float8)
         WHERE id = $1 AND went_at IS NULL RETURNING id`,
        [place.id, this.clock.now() / 1_000],
      );
      if (closed.length > 0) await this.announceIfGone(transaction, place);
    });
  }

  /** A place that was taken for a handshake that came to nothing: nobody was told of it. */
  async withdraw(place: Place): Promise<void> {
    this.places.delete(place);
    await this.dataSource.query(`DELETE FROM room_presence WHERE id = $1`, [place.id]);
  }

  /** Everybody with an open socket, over all instances, in the order they came. */
  peopleIn(roomId: string, manager: EntityManager = this.dataSource.manager): Promise<Present[]> {
    return manager.query(
      `SELECT q.id, q.name, q.is_host AS "isHost", floor(extract(epoch from min(p.came_at)))::float8 AS "joinedAt"
       FROM room_presence p JOIN participants q ON q.room_id = p.room_id AND q.id = p.participant_id
       WHERE p.room_id = $1 AND ${isThere('$2')} GROUP BY q.id, q.name, q.is_host ORDER BY min(p.came_at), q.id`,
      [roomId, this.silentSince],
    );
  }

  async countIn(roomId: string, manager: EntityManager = this.dataSource.manager): Promise<number> {
    const rows: { people: number }[] = await manager.query(
      `SELECT count(DISTINCT participant_id)::int AS people FROM room_presence p WHERE room_id = $1 AND ${isThere('$2')}`,
      [roomId, this.silentSince],
    );
    return rows[0]?.people ?? 0;
  }

  /** Says that this instance's people are still there; who was given up meanwhile comes again. */
  async keepAlive(): Promise<void> {
    if (this.places.size === 0) return;
    const now = this.clock.now() / 1_000;
    // Who comes while this is written is not missing from it.
    const expected = [...this.places];
    const [alive]: [{ id: string }[]] = await this.dataSource.query(
      `UPDATE room_presence SET seen_at = to_timestamp($2::float8)
       WHERE instance = $1 AND went_at IS NULL RETURNING id`,
      [this.instance, now],
    );
    const known = new Set(alive.map(({ id }) => id));
    for (const place of expected) if (this.places.has(place) && !known.has(place.id)) await this.comeAgain(place);
  }

  /** Closes the places of instances that fell silent, at their last sign of life. */
  async reap(): Promise<void> {
    const silent: { id: string; room_id: string; participant_id: string; user_id: string | null }[] =
      await this.dataSource.query(
        `SELECT id, room_id, participant_id, user_id FROM room_presence p
         WHERE went_at IS NULL AND seen_at <= to_timestamp($1::float8) LIMIT 1000`,
        [this.silentSince],
      );
    for (const { id, room_id: roomId, participant_id: participantId, user_id: userId } of silent) {
      await this.close({ id, roomId, participantId, userId });
    }
  }

  private async close(place: Place): Promise<void> {
    await this.transactions.run(async (transaction) => {
      await transaction.manager.query(`SELECT FROM room_clocks WHERE room_id = $1 FOR UPDATE`, [place.roomId]);
      const [closed]: [unknown[]] = await transaction.manager.query(
        `UPDATE room_presence p SET went_at = seen_at
         WHERE id = $1 AND went_at IS NULL AND seen_at <= to_timestamp($2::float8) RETURNING id`,
        [place.id, this.silentSince],
      );
      if (closed.length > 0) await this.announceIfGone(transaction, place);
    });
  }

  private async comeAgain(place: Place): Promise<void> {
    const anew = { ...place, id: randomUUID() };
    await this.transactions.run(async (transaction) => {
      const { manager } = transaction;
      const rooms: unknown[] = await manager.query(`SELECT FROM room_clocks WHERE room_id = $1 FOR UPDATE`, [
        place.roomId,
      ]);
      // Nobody comes again into a room that is deleted, nor who has left meanwhile.
      if (rooms.length === 0 || !this.places.has(place)) return;
      const isFirst = !(await this.hasPlace(manager, place));
      await this.insert(manager, anew);
      place.id = anew.id;
      if (isFirst) await this.announce(transaction, place, 'joined');
    });
  }

  private async insert(manager: EntityManager, { id, roomId, participantId, userId }: Place): Promise<void> {
    await manager.query(
      `INSERT INTO room_presence (id, room_id, participant_id, user_id, instance, came_at, seen_at)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6::float8), to_timestamp($6::float8))`,
      [id, roomId, participantId, userId, this.instance, this.clock.now() / 1_000],
    );
  }

  private async announceIfGone(transaction: Transaction, place: Place): Promise<void> {
    if (!(await this.hasPlace(transaction.manager, place))) await this.announce(transaction, place, 'left');
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

  /** Whoever gave no sign of life after this second is gone. */
  private get silentSince(): number {
    return this.clock.now() / 1_000 - SILENCE_SECONDS;
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
