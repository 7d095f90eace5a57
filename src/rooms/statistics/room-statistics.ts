import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import { toServiceUnavailable } from '../../database/database-errors.js';

/** Work sessions that have ended; the live one counts nowhere. */
export interface SessionCounts {
  /** Reached their target. */
  readonly completed: number;
  readonly interrupted: number;
  /** Durations of the completed ones. */
  readonly seconds: number;
}

const COUNT = {
  name: 'room_statistics',
  text: `SELECT count(*) FILTER (WHERE status = 'completed')::int AS completed,
      count(*) FILTER (WHERE status = 'cancelled')::int AS interrupted,
      coalesce(sum(allocated_duration) FILTER (WHERE status = 'completed'), 0)::float8 AS seconds
    FROM timers WHERE room_id = $1 AND session_type = 'work' AND ended_at >= to_timestamp($2::float8)`,
};

/** A query over the room's sessions (rooms.md, "Statistics"). */
@Injectable()
export class RoomStatistics {
  constructor(private readonly pool: Pool) {}

  /** Sessions that ended at or after an instant (whole seconds). */
  async since(roomId: string, from: number): Promise<SessionCounts> {
    try {
      const { rows } = await this.pool.query<SessionCounts>({ ...COUNT, values: [roomId, from] });
      return rows[0] ?? { completed: 0, interrupted: 0, seconds: 0 };
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }
}
