import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { UUID } from '../../common/validation/uuid.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import type { Transaction } from '../../database/transactions.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { RoomTimers } from '../../timer-domain/rooms/room-timers.js';
import { RoomNotFoundError } from '../errors.js';
import type { Control, Room } from './room.js';

const COLUMNS = `r.id, r.control, r.host_user_id AS "hostUserId", r.host_token_hash AS "hostTokenHash",
  r.share_url AS "shareUrl", extract(epoch from r.created_at)::float8 AS "createdAt",
  extract(epoch from r.used_at)::float8 AS "usedAt"`;
const READ = { name: 'room', text: `SELECT ${COLUMNS} FROM rooms r WHERE r.id = $1` };
/** Minimum interval between two updates of `used_at`, in seconds; each read of a room is a use. */
const NOTED_EVERY = 3_600;
const USE = {
  name: 'room_used',
  // SKIP LOCKED: a transaction that has locked the row is itself a use of the room, so this one need not wait.
  text: `UPDATE rooms SET used_at = to_timestamp($2::float8) WHERE id = (
    SELECT id FROM rooms WHERE id = $1 AND used_at < to_timestamp($2::float8) - interval '${NOTED_EVERY} seconds'
    FOR NO KEY UPDATE SKIP LOCKED)`,
};

type RoomRow = Omit<Room, 'roomTimer'>;

/** Reads and writes rooms in the database. */
@Injectable()
export class RoomStore {
  constructor(
    private readonly database: Database,
    private readonly timers: RoomTimers,
    private readonly clock: Clock,
  ) {}

  /**
   * A room with the current state of its timer.
   * @param rawId the id as sent
   * @throws RoomNotFoundError, ServiceUnavailableError
   */
  async get(rawId: string): Promise<Room> {
    const id = rawId.toLowerCase();
    if (!UUID.test(id)) throw new RoomNotFoundError(rawId);
    const [row, roomTimer] = await Promise.all([this.read(id), this.timers.read(id)]);
    if (row === undefined || roomTimer === undefined) throw new RoomNotFoundError(rawId);
    return { ...row, roomTimer };
  }

  /** The same as {@link get}, for calls: records the use of the room. */
  async use(rawId: string): Promise<Room> {
    const room = await this.get(rawId);
    if (this.clock.now() / 1_000 - room.usedAt > NOTED_EVERY) await this.touch(room.id);
    return room;
  }

  /** Records a use of the room, which postpones its deletion (docs/spec/rooms.md#limits). */
  async touch(id: string): Promise<void> {
    await this.database.execute({ ...USE, values: [id, this.clock.now() / 1_000] });
  }

  async insert({ manager }: Transaction, room: RoomRow): Promise<void> {
    await manager.query(
      `INSERT INTO rooms (id, control, host_user_id, host_token_hash, share_url, created_at, used_at)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6::float8), to_timestamp($7::float8))`,
      [room.id, room.control, room.hostUserId, room.hostTokenHash, room.shareUrl, room.createdAt, room.usedAt],
    );
  }

  async setControl({ manager }: Transaction, id: string, control: Control): Promise<void> {
    await manager.query(`UPDATE rooms SET control = $2 WHERE id = $1`, [id, control]);
  }

  /** @returns false when the room does not exist */
  async setHostToken(id: string, hash: Buffer): Promise<boolean> {
    const rowCount = await this.database.execute(`UPDATE rooms SET host_token_hash = $2 WHERE id = $1`, [id, hash]);
    return rowCount === 1;
  }

  /** @returns whether the room existed */
  async remove({ manager }: Transaction, id: string): Promise<boolean> {
    const [removed]: [unknown[]] = await manager.query(`DELETE FROM rooms WHERE id = $1 RETURNING id`, [id]);
    return removed.length > 0;
  }

  /** Ids of rooms without use, presence or a session for `retentionMs`, least recently used first. */
  async forgotten(retentionMs: number, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      // `used_at` may lag behind the last use by NOTED_EVERY.
      `SELECT r.id FROM rooms r, to_timestamp($1::float8) AS before
       WHERE r.used_at < before - interval '${NOTED_EVERY} seconds'
         AND NOT coalesce((SELECT coalesce(t.ended_at, 'infinity') > before FROM timers t WHERE t.room_id = r.id
           ORDER BY t.started_at DESC, t.id DESC LIMIT 1), false)
         AND NOT EXISTS (SELECT FROM room_presence p WHERE p.room_id = r.id AND coalesce(p.went_at, 'infinity') > before)
       ORDER BY r.used_at LIMIT $2`,
      [(this.clock.now() - retentionMs) / 1_000, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Sets the last use of rooms to these times (seconds), unless a later one is known. */
  async usedUntil({ manager }: Transaction, uses: readonly { roomId: string; at: number }[]): Promise<void> {
    await manager.query(
      `UPDATE rooms r SET used_at = to_timestamp(u.at) FROM unnest($1::uuid[], $2::float8[]) AS u (id, at)
       WHERE r.id = u.id AND r.used_at < to_timestamp(u.at)`,
      [uses.map(({ roomId }) => roomId), uses.map(({ at }) => at)],
    );
  }

  private async read(id: string): Promise<RoomRow | undefined> {
    try {
      const rows = await this.database.query<RoomRow>({ ...READ, values: [id] });
      return rows[0];
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }
}
