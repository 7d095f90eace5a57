import { randomUUID } from 'node:crypto';

import type { Client } from 'pg';

import type { ServerProcess } from './harness/server-process.js';
import { withClient } from './harness/postgres.js';

/** A user with an access token, and their running timers. */
export interface TimerOwner {
  readonly userId: string;
  readonly token: string;
  readonly timerIds: readonly string[];
}

/** Signs users up as a client does. @returns the users, without timers */
export async function signUp(server: ServerProcess, count: number, name = 'bench'): Promise<TimerOwner[]> {
  const owners: TimerOwner[] = [];
  for (let index = 0; index < count; index += 1) owners.push(await signUpOne(server, `${name}-${index}`));
  return owners;
}

async function signUpOne({ port }: ServerProcess, name: string): Promise<TimerOwner> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/auth/signup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: `${name}@example.com`, password: 'bench bench bench' }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  return { userId: claims.sub, token, timerIds: [] };
}

const SEED = `
  INSERT INTO timers (id, user_id, origin, title, allocated_duration, status, elapsed_time, started_at, running_since,
    history, revision, created_at, updated_at)
  SELECT id, user_id, 'v1', 'Linear algebra', 1500, 'running', 0, at, at,
    jsonb_build_array(jsonb_build_object('action', 'start', 'at', extract(epoch FROM at)::bigint)), 1, at, at
  FROM unnest($1::uuid[], $2::text[]) AS t (id, user_id), (SELECT date_trunc('second', now()) AS at) AS second`;

/** Replaces all timers with running ones, after a checkpoint, so that no slot pays for another's. */
export function seedTimers(url: string, owners: readonly TimerOwner[], each: number): Promise<TimerOwner[]> {
  return withClient(url, async (client) => {
    await client.query('TRUNCATE timers, timer_deadlines, timer_changes');
    await client.query('CHECKPOINT');
    const seeded = await insertTimers(client, owners, each);
    await client.query('VACUUM ANALYZE timers');
    return seeded;
  });
}

/** Replaces only the timers that have not ended; the others stay. */
export function addTimers(url: string, owners: readonly TimerOwner[], each: number): Promise<TimerOwner[]> {
  return withClient(url, async (client) => {
    await client.query('DELETE FROM timers WHERE ended_at IS NULL');
    await client.query('TRUNCATE timer_changes');
    const seeded = await insertTimers(client, owners, each);
    await client.query('VACUUM timers');
    await client.query('CHECKPOINT');
    return seeded;
  });
}

async function insertTimers(client: Client, owners: readonly TimerOwner[], each: number): Promise<TimerOwner[]> {
  const seeded = owners.map((owner) => ({ ...owner, timerIds: Array.from({ length: each }, () => randomUUID()) }));
  const ids = seeded.flatMap(({ timerIds }) => timerIds);
  await client.query(SEED, [ids, seeded.flatMap(({ userId, timerIds }) => timerIds.map(() => userId))]);
  return seeded;
}

/** @throws Error unless the revisions of the timers add up to as many commands as there were responses */
export async function requireCommands(url: string, answers: number): Promise<void> {
  const [row] = await withClient(url, async (client) => {
    const text = 'SELECT coalesce(sum(revision - 1), 0)::int AS taken FROM timers';
    return (await client.query<{ taken: number }>(text)).rows;
  });
  if (row?.taken !== answers) throw new Error(`${answers} responses, but ${row?.taken ?? 0} commands in the database`);
}
