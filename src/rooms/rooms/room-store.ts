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
/** Whoever looks at a room uses it; noted at most once in so many seconds. */
const NOTED_EVERY = 3_600;
const USE = {
  name: 'room_used',
  // Whoever has the row at this moment uses the room, so nobody waits for it.
  text: `UPDATE rooms SET used_at = to_timestamp($2::float8) WHERE id = (
    SELECT id FROM rooms WHERE id = $1 AND used_at < to_timestamp($2::float8) - interval '${NOTED_EVERY} seconds'
    FOR NO KEY UPDATE SKIP LOCKED)`,
};

type RoomRow = Omit<Room, 'roomTimer'>;

/** Rooms as they are stored. */
@Injectable()
export class RoomStore {
  constructor(
    private readonly database: Database,
    private readonly timers: RoomTimers,
    private readonly clock: Clock,
  ) {}

  /** A room with its timer as it stands now. @param rawId as sent. @throws RoomNotFoundError, ServiceUnavailableError */
  async get(rawId: string): Promise<Room> {
    const id = rawId.toLowerCase();
    if (!UUID.test(id)) throw new RoomNotFoundError(rawId);
    const [row, roomTimer] = await Promise.all([this.read(id), this.timers.read(id)]);
    if (row === undefined || roomTimer === undefined) throw new RoomNotFoundError(rawId);
    return { ...row, roomTimer };
  }

  /** {@link get}, for a call: the room is in use. */
  async use(rawId: string): Promise<Room> {
    const room = await this.get(rawId);
    if (this.clock.now() / 1_000 - room.usedAt > NOTED_EVERY) await this.touch(room.id);
    return room;
  }

  /** The room is in use: it is not deleted for being forgotten (docs/spec/rooms.md#limits). */
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

  /** @returns false when the room is gone */
  async setHostToken(id: string, hash: Buffer): Promise<boolean> {
    const rowCount = await this.database.execute(`UPDATE rooms SET host_token_hash = $2 WHERE id = $1`, [id, hash]);
    return rowCount === 1;
  }

  /** @returns whether there was one */
  async remove({ manager }: Transaction, id: string): Promise<boolean> {
    const [removed]: [unknown[]] = await manager.query(`DELETE FROM rooms WHERE id = $1 RETURNING id`, [id]);
    return removed.length > 0;
  }

  /** Rooms that for so long nobody has used and nobody was in, and in which no session was on. */
  async forgotten(retentionMs: number, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      // Uses are noted now and then, so the last one may be as much later than the note.
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

  /** Rooms that were in use until these seconds, as is known of those who were there. */
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
