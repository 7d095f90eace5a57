import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Database } from '../../database/database.js';
import { hashOfSecret } from '../../common/secret-hash.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { Presence } from '../../room-people/presence.js';
import { RoomTimers } from '../../timer-domain/rooms/room-timers.js';
import { tickAt } from '../../timer-domain/rules/decide.js';
import { InvalidParticipantTokenError, RoomNotFoundError } from '../errors.js';

/** A person in one room, under the public id that other participants see. */
export interface Participant {
  readonly id: string;
  readonly name: string;
  readonly userId: string | null;
  readonly isHost: boolean;
  /** Whole seconds. */
  readonly createdAt: number;
}

/** A participant after a join over REST, with the token that authenticates them. */
export interface JoinedParticipant {
  readonly roomId: string;
  readonly participant: Participant;
  readonly token: string;
}

/** A person who wants to join a room. */
export interface Newcomer {
  readonly roomId: string;
  readonly userId: string | null;
  /** Chosen with `?name=` or `participant_name`. */
  readonly name: string | undefined;
  readonly isHost: boolean;
  /** The token of a participant who joined before. */
  readonly token: string | undefined;
}

/** Time without a socket after which a guest is forgotten (docs/spec/rooms.md#who-is-who). */
const FORGOTTEN_AFTER_SECONDS = 86_400;
/** Maximum number of guests' joins over REST that a room remembers without a socket (docs/spec/rooms.md#who-is-who). */
const MAX_WAITING = 500;
/** Maximum number of participants that one join forgets above this limit. */
const FORGOTTEN_AT_ONCE = 100;
const IS_HERE = `EXISTS (
  SELECT FROM room_presence p WHERE p.room_id = q.room_id AND p.participant_id = q.id AND p.went_at IS NULL)`;
/** @param since SQL parameter with {@link Participants.forgottenBefore} */
const isRemembered = (since: string): string => `(q.remembered_from > to_timestamp(${since}::float8) OR ${IS_HERE})`;
/** Forgets guests beyond the newest {@link MAX_WAITING}, except those with an open socket. */
const FORGET_OLDEST = `
  DELETE FROM participants WHERE room_id = $1 AND id IN (
    SELECT q.id FROM (
      SELECT room_id, id FROM participants WHERE room_id = $1 AND user_id IS NULL AND token_hash IS NOT NULL
      ORDER BY remembered_from DESC, id DESC OFFSET ${MAX_WAITING - 1}) q
    WHERE NOT ${IS_HERE} LIMIT ${FORGOTTEN_AT_ONCE})`;
const COLUMNS = `id, name, user_id AS "userId", is_host AS "isHost", extract(epoch from created_at)::float8 AS "createdAt"`;

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const randomText = (length: number): string =>
  Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** The people of rooms: one identity over all of a person's tabs (docs/spec/rooms.md#who-is-who). */
@Injectable()
export class Participants {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly presence: Presence,
    private readonly timers: RoomTimers,
  ) {}

  /**
   * Determines the participant: by the token, else by the account, else a new one.
   * @throws InvalidParticipantTokenError
   */
  async admit(transaction: Transaction, newcomer: Newcomer): Promise<Participant> {
    const { manager } = transaction;
    const known =
      newcomer.token === undefined ? await this.ofUser(manager, newcomer) : await this.ofToken(manager, newcomer);
    if (known === undefined) return this.add(manager, newcomer, undefined);
    const isHost = newcomer.isHost || known.isHost;
    if ((newcomer.name ?? known.name) === known.name && isHost === known.isHost) return known;
    const name = await this.rename(transaction, known, newcomer);
    await manager.query(`UPDATE participants SET is_host = $3 WHERE room_id = $1 AND id = $2`, [
      newcomer.roomId,
      known.id,
      isHost,
    ]);
    return { ...known, name, isHost };
  }

  /**
   * Joins a room over REST. The participant counts as present only with an open socket. The token is returned only
   * here.
   * @throws RoomNotFoundError when the room has been deleted
   */
  join(newcomer: Omit<Newcomer, 'token'>): Promise<JoinedParticipant> {
    const token = randomBytes(32).toString('base64url');
    return this.transactions.of(newcomer.roomId).run(async (transaction) => {
      const { manager } = transaction;
      // Serialised by the lock, as in Entrance: concurrent joins of one account make one participant, and a room that
      // is being deleted cannot be joined.
      if (!(await this.timers.lock(transaction, newcomer.roomId))) throw new RoomNotFoundError(newcomer.roomId);
      if (newcomer.userId === null) await manager.query(FORGET_OLDEST, [newcomer.roomId]);
      const known = await this.ofUser(manager, { ...newcomer, token: undefined });
      if (known === undefined)
        return {
          roomId: newcomer.roomId,
          participant: await this.add(manager, { ...newcomer, token: undefined }, token),
          token,
        };
      const name = await this.rename(transaction, known, { ...newcomer, token: undefined });
      const isHost = newcomer.isHost || known.isHost;
      const createdAt = tickAt(this.clock.now());
      await manager.query(
        `UPDATE participants SET token_hash = $3, is_host = $4, created_at = to_timestamp($5::float8)
         WHERE room_id = $1 AND id = $2`,
        [newcomer.roomId, known.id, hashOfSecret(token), isHost, createdAt],
      );
      return { roomId: newcomer.roomId, participant: { ...known, name, isHost, createdAt }, token };
    });
  }

  /** Renames a participant, and announces it when the person is present. @returns the current name */
  private async rename(transaction: Transaction, known: Participant, newcomer: Newcomer): Promise<string> {
    const { roomId, name = known.name } = newcomer;
    if (name === known.name) return name;
    await transaction.manager.query(`UPDATE participants SET name = $3 WHERE room_id = $1 AND id = $2`, [
      roomId,
      known.id,
      name,
    ]);
    await this.presence.announceRename(transaction, { roomId, participantId: known.id }, known.name, name);
    return name;
  }

  /** Replaces the participant's token; the former one becomes invalid. @throws InvalidParticipantTokenError */
  async renewToken(roomId: string, id: string): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const renewed = await this.database.execute(
      `UPDATE participants SET token_hash = $3 WHERE room_id = $1 AND id = $2 AND NOT removed`,
      [roomId, id, hashOfSecret(token)],
    );
    if (renewed === 0) throw new InvalidParticipantTokenError();
    return token;
  }

  /** Removes a participant and invalidates their token. @returns false when no participant has this id */
  async remove({ manager }: Transaction, roomId: string, id: string): Promise<boolean> {
    // The row keeps the name, which the event of their leave contains.
    const [removed]: [unknown[]] = await manager.query(
      `UPDATE participants SET removed = true, token_hash = NULL, user_id = NULL
       WHERE room_id = $1 AND id = $2 AND NOT removed RETURNING id`,
      [roomId, id],
    );
    return removed.length > 0;
  }

  async get(roomId: string, id: string): Promise<Participant | undefined> {
    const rows: Participant[] = await this.database.query(
      `SELECT ${COLUMNS} FROM participants WHERE room_id = $1 AND id = $2 AND NOT removed`,
      [roomId, id],
    );
    return rows[0];
  }

  /** The participant with this token. @throws InvalidParticipantTokenError */
  async withToken(roomId: string, token: string): Promise<Participant> {
    const known = await this.ofToken(this.database.manager, { roomId, token });
    if (known === undefined) throw new InvalidParticipantTokenError();
    return known;
  }

  private async ofToken(
    manager: EntityManager,
    { roomId, token }: Pick<Newcomer, 'roomId' | 'token'>,
  ): Promise<Participant | undefined> {
    const rows: Participant[] = await manager.query(
      `SELECT ${COLUMNS} FROM participants q WHERE room_id = $1 AND token_hash = $2 AND ${isRemembered('$3')}`,
      [roomId, hashOfSecret(token ?? ''), this.forgottenBefore],
    );
    if (rows[0] === undefined) throw new InvalidParticipantTokenError();
    return rows[0];
  }

  private async ofUser(manager: EntityManager, { roomId, userId }: Newcomer): Promise<Participant | undefined> {
    if (userId === null) return undefined;
    const rows: Participant[] = await manager.query(
      `SELECT ${COLUMNS} FROM participants WHERE room_id = $1 AND user_id = $2`,
      [roomId, userId],
    );
    return rows[0];
  }

  private async add(manager: EntityManager, newcomer: Newcomer, token: string | undefined): Promise<Participant> {
    const { roomId, userId, isHost } = newcomer;
    const name = newcomer.name ?? (await displayName(manager, userId)) ?? `Guest-${randomText(4)}`;
    const id = `user-${randomBytes(9).toString('base64url')}`;
    const createdAt = tickAt(this.clock.now());
    await manager.query(
      `INSERT INTO participants (id, room_id, user_id, token_hash, name, is_host, created_at, remembered_from)
       VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8), to_timestamp($7::float8))`,
      [id, roomId, userId, token === undefined ? null : hashOfSecret(token), name, isHost, createdAt],
    );
    return { id, name, userId, isHost, createdAt };
  }

  /** Forgets guests without a socket for a day. @param limit maximum number. @returns the number of forgotten guests */
  forget(limit: number): Promise<number> {
    return this.database.execute(
      `DELETE FROM participants WHERE (room_id, id) IN (
         SELECT q.room_id, q.id FROM participants q
         WHERE q.user_id IS NULL AND q.remembered_from < to_timestamp($1::float8) AND NOT ${IS_HERE}
         ORDER BY q.remembered_from LIMIT $2)`,
      [this.forgottenBefore, limit],
    );
  }

  /** Seconds; guests remembered from before this time, and without an open socket, are forgotten. */
  private get forgottenBefore(): number {
    return this.clock.now() / 1_000 - FORGOTTEN_AFTER_SECONDS;
  }
}

async function displayName(manager: EntityManager, userId: string | null): Promise<string | undefined> {
  if (userId === null) return undefined;
  const rows: { name: string | null }[] = await manager.query(
    `SELECT coalesce(display_name, claims->>'display_name') AS name FROM users WHERE id = $1`,
    [userId],
  );
  return rows[0]?.name?.slice(0, 50) || undefined;
}
