import type { Client } from 'pg';

import { withClient } from './harness/postgres.js';

/** The user who owns the timers. */
export const OWNER = 'bench';

/** The id of the timer with this number, as an SQL expression; timers are numbered from 0. */
export const TIMER_ID = (number: string): string =>
  `('00000000-0000-7000-8000-' || lpad(to_hex(${number}::int), 12, '0'))::uuid`;

const SEED = `
  INSERT INTO timers (id, user_id, origin, title, allocated_duration, status, elapsed_time, started_at, running_since,
    history, revision, created_at, updated_at)
  SELECT ${TIMER_ID('n')}, '${OWNER}', 'v1', 'Linear algebra', 0, 'running', 0, at, at,
    jsonb_build_array(jsonb_build_object('action', 'start', 'at', extract(epoch FROM at)::bigint)), 1, at, at
  FROM generate_series(0, $1::int - 1) n, (SELECT date_trunc('second', now()) AS at) AS second
  RETURNING id`;

/**
 * Replaces all timers with this many running ones of one user, after a checkpoint, so that the next slot does not pay
 * for one and every slot begins with fresh tables.
 * @returns their ids
 */
export function seedTimers(url: string, count: number): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query('TRUNCATE timers, timer_deadlines, timer_changes');
    await client.query('CHECKPOINT');
    await client.query(`INSERT INTO users (id) VALUES ('${OWNER}') ON CONFLICT DO NOTHING`);
    const { rows } = await client.query<{ id: string }>(SEED, [count]);
    await client.query('VACUUM ANALYZE timers');
    return rows.map(({ id }) => id);
  });
}

/** Number of timers whose history and status show exactly this many commands, and number of change log rows. */
export async function timersAfter(client: Client, commands: number): Promise<{ right: number; changes: number }> {
  const text = `SELECT (SELECT count(*)::int FROM timers WHERE revision = $1 AND jsonb_array_length(history) = $1
      AND status = CASE WHEN $1 % 2 = 1 THEN 'running' ELSE 'paused' END) AS right,
    (SELECT count(*)::int FROM timer_changes) AS changes`;
  const { rows } = await client.query<{ right: number; changes: number }>(text, [commands + 1]);
  return rows[0] ?? { right: 0, changes: 0 };
}
