import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { toServiceUnavailable } from '../../database/database-errors.js';

/** Counts of work sessions that have ended; the live session is not counted. */
export interface SessionCounts {
  /** Reached their target. */
  readonly completed: number;
  readonly interrupted: number;
  /** Total duration of the completed sessions. */
  readonly seconds: number;
}

/**
 * Sessions of a room do not overlap, so only the last of those that began before the period can end in it. A session
 * whose target has passed counts as completed even before the ticker writes it (docs/architecture.md#a-target-wins).
 */
const COUNT = {
  name: 'room_statistics',
  text: `SELECT count(*) FILTER (WHERE status <> 'cancelled')::int AS completed,
      count(*) FILTER (WHERE status = 'cancelled')::int AS interrupted,
      coalesce(sum(allocated_duration) FILTER (WHERE status <> 'cancelled'), 0)::float8 AS seconds
    FROM timers WHERE room_id = $1 AND session_type = 'work' AND coalesce(ended_at, deadline_at) >= to_timestamp($2::float8)
      AND (ended_at IS NOT NULL OR deadline_at <= to_timestamp($3::float8))
      AND started_at >= coalesce((
        SELECT b.started_at FROM timers b WHERE b.room_id = $1 AND b.started_at < to_timestamp($2::float8)
        ORDER BY b.started_at DESC, b.id DESC LIMIT 1), '-infinity')`,
};

/** Counts the sessions of a room (docs/spec/rooms.md#statistics). */
@Injectable()
export class RoomStatistics {
  constructor(private readonly database: Database) {}

  /** Counts sessions that ended at or after `from`, up to `now` (seconds). @throws ServiceUnavailableError */
  async between(roomId: string, from: number, now: number): Promise<SessionCounts> {
    try {
      const rows = await this.database.query<SessionCounts>({ ...COUNT, values: [roomId, from, now] });
      return rows[0] ?? { completed: 0, interrupted: 0, seconds: 0 };
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }
}
