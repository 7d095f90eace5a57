import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';

/** Sessions of rooms that are all due in the same second, some seconds from now. */
export class DueSessions {
  private constructor(
    private readonly database: Client,
    readonly dueAt: number,
    private readonly mark: string,
    private readonly count: number,
  ) {}

  static async make(database: Client, count: number, inSeconds: number): Promise<DueSessions> {
    const mark = `due ${Date.now()}`;
    const { rows } = await database.query<{ due: number }>(SESSIONS, [count, inSeconds, mark]);
    return new DueSessions(database, rows[0]?.due ?? 0, mark, count);
  }

  /** Milliseconds until they are due, by the database's clock. */
  async untilDue(): Promise<void> {
    const { rows } = await this.database.query<{ ms: number }>(
      `SELECT ($1 - extract(epoch from clock_timestamp())::float8) * 1000 AS ms`,
      [this.dueAt],
    );
    await sleep(Math.max(0, rows[0]?.ms ?? 0));
  }

  /** Sessions without their completion. */
  async left(): Promise<number> {
    const { rows } = await this.database.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM timers WHERE title = $1 AND ended_at IS NULL`,
      [this.mark],
    );
    return rows[0]?.left ?? 0;
  }

  /** Each was completed once, at its target. */
  async verify(): Promise<void> {
    const { rows } = await this.database.query(
      `SELECT count(DISTINCT t.id)::int AS sessions, count(c.id)::int AS completions,
         bool_and(t.ended_at = to_timestamp($2) AND c.at = to_timestamp($2)) AS exact
       FROM timers t JOIN timer_changes c ON c.timer_id = t.id AND c.action = 'complete' WHERE t.title = $1`,
      [this.mark, this.dueAt],
    );
    expect(rows).toEqual([{ sessions: this.count, completions: this.count, exact: true }]);
  }
}

const SESSIONS = `
  WITH due AS (SELECT floor(extract(epoch from clock_timestamp()))::int + $2::int AS at),
  clocks AS (
    INSERT INTO room_clocks (room_id, name, work_seconds, break_seconds, auto_start_break)
    SELECT gen_random_uuid(), $3, 600, 300, false FROM generate_series(1, $1) RETURNING room_id),
  sessions AS (
    INSERT INTO timers (id, room_id, origin, session_type, title, allocated_duration, status, elapsed_time, started_at,
      running_since, deadline_at, history, revision, created_at, updated_at)
    SELECT gen_random_uuid(), room_id, 'room', 'work', $3, 600, 'running', 0, to_timestamp(at - 600),
      to_timestamp(at - 600), to_timestamp(at), jsonb_build_array(jsonb_build_object('action', 'start', 'at', at - 600)),
      1, to_timestamp(at - 600), to_timestamp(at - 600)
    FROM clocks, due RETURNING id, deadline_at),
  deadlines AS (INSERT INTO timer_deadlines (timer_id, deadline_at) SELECT id, deadline_at FROM sessions)
  SELECT at AS due FROM due`;
