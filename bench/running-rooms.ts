import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';

import { withClient } from './harness/postgres.js';

/** Rooms with running sessions and without connections. */
export interface RunningRooms {
  readonly rooms: number;
  /** The first target; the others are spread at random over the seconds after it. */
  readonly firstTarget: number;
  readonly seconds: number;
  readonly autoStartBreak: boolean;
}

/** Replaces all rooms with ones that have a work session each, written as an update leaves them, after a checkpoint. */
export async function seedRunningRooms(url: string, wanted: RunningRooms): Promise<{ id: string; target: number }[]> {
  return withClient(url, async (client) => {
    await client.query('TRUNCATE rooms, room_clocks, room_presence, timers, timer_deadlines, timer_changes CASCADE');
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ id: string; target: number }>(SEED, [
      wanted.rooms,
      wanted.firstTarget,
      wanted.seconds,
      wanted.autoStartBreak,
    ]);
    await client.query('VACUUM ANALYZE timers, timer_deadlines, room_clocks, rooms');
    return rows;
  });
}

const SEED = `
  WITH wanted AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, gen_random_uuid() AS session, $2::float8 + floor(random() * $3::int) AS target
    FROM generate_series(1, $1::int)
  ),
  room AS (
    INSERT INTO rooms (id, host_token_hash, share_url, created_at, used_at)
    SELECT id, '', 'http://localhost/room/' || id, now(), now() FROM wanted
  ),
  clock AS (
    INSERT INTO room_clocks (room_id, name, work_seconds, break_seconds, auto_start_break, revision)
    SELECT id, 'bench', 1500, 300, $4::bool, 2 FROM wanted
  ),
  session AS (
    INSERT INTO timers (id, room_id, origin, session_type, allocated_duration, status, elapsed_time, started_at,
      running_since, deadline_at, history, revision, created_at, updated_at)
    SELECT session, id, 'room', 'work', 1500, 'running', 0, at, at, to_timestamp(target),
      jsonb_build_array(jsonb_build_object('action', 'start', 'at', target - 1500)), 1, at, at
    FROM wanted, LATERAL (SELECT to_timestamp(target - 1500) AS at) AS start
    RETURNING id, deadline_at
  ),
  due AS (INSERT INTO timer_deadlines (timer_id, deadline_at) SELECT id, deadline_at FROM session)
  SELECT id, target FROM wanted`;

/** Resolves when no session runs. */
export async function untilNothingRuns(client: Client): Promise<void> {
  const text = `SELECT EXISTS (SELECT FROM timers WHERE ended_at IS NULL) AS runs`;
  for (let tries = 0; tries < 6_000; tries += 1) {
    const { rows } = await client.query<{ runs: boolean }>({ name: 'runs', text });
    if (rows[0]?.runs === false) return;
    await sleep(10);
  }
  throw new Error('some due sessions are not completed after a minute');
}

/** The outcome of the sessions. */
export interface Completions {
  readonly completed: number;
  /** Log rows for completions; one per session. */
  readonly logged: number;
  readonly breaks: number;
  /** Sessions whose end is not their target. */
  readonly wrong: number;
  /** Seconds from a target to the transaction that completed it; a negative value is too early. */
  readonly earliest: number;
}

/** The outcome of the sessions so far. */
export async function completionsIn(url: string): Promise<Completions> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<Completions>(`
      SELECT count(*) FILTER (WHERE t.status = 'completed')::int AS completed,
        (SELECT count(*)::int FROM timer_changes WHERE action = 'complete') AS logged,
        count(*) FILTER (WHERE t.session_type = 'break')::int AS breaks,
        count(*) FILTER (WHERE t.status = 'completed' AND t.ended_at <> t.started_at + interval '1500 seconds')::int AS wrong,
        (SELECT coalesce(min(extract(epoch FROM logged_at - at)), 0)::float8 FROM timer_changes WHERE action = 'complete')
          AS earliest
      FROM timers t`);
    return rows[0] ?? { completed: 0, logged: 0, breaks: 0, wrong: 0, earliest: 0 };
  });
}
