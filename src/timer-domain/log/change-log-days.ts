import type { ClientBase } from 'pg';

import {
  BEFORE_DAYS,
  boundsOf,
  DAY_MS,
  dayName,
  type LogPartition,
  logPartitions,
  REST,
  startOfDay,
} from './log-partitions.js';

/** Number of daily partitions created in advance. */
const DAYS_AHEAD = 7;
/** Maximum number of rows deleted in one transaction. */
const SLICE = 5_000;
/** Name of a detached partition until its rows have moved to its replacement. */
const FORMER = 'timer_changes_former';
const CREATE_REST = `CREATE TABLE ${REST} PARTITION OF timer_changes `;

type Client = Pick<ClientBase, 'query'>;

/** Whether the current role may create and drop partitions (docs/security.md, "The database role"). */
export async function ownsLog(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ owns: boolean }>(
    `SELECT pg_has_role(current_user, relowner, 'USAGE') AS owns FROM pg_class WHERE oid = 'timer_changes'::regclass`,
  );
  return rows[0]?.owns === true;
}

/** Completes a detach that a crash or a statement timeout interrupted. */
export async function finishDetaching(client: Client): Promise<void> {
  for (const { name, isDetaching } of await logPartitions(client)) {
    if (isDetaching) await client.query(`ALTER TABLE timer_changes DETACH PARTITION ${name} FINALIZE`);
  }
}

/** Creates missing daily partitions ahead of `now`. Only {@link cutRest} makes commands wait. */
export async function createDaysAhead(client: Client, now: number): Promise<void> {
  const partitions = await logPartitions(client);
  const end = startOfDay(now) + (DAYS_AHEAD + 1) * DAY_MS;
  const rest = partitions.find(({ to }) => to === Infinity);
  const covered = rest ? rest.from : Math.max(...partitions.map(({ to }) => to), startOfDay(now));
  if (covered >= end && rest) return;
  // No row is written after the covered days today, so the last partition may be missing for a moment.
  if (covered > startOfDay(now) + DAY_MS) await replaceRest(client, rest, covered, Math.max(covered, end));
  else await cutRest(client, rest, covered, now);
  await createDaysAhead(client, now);
}

/** Creates the daily partitions between two instants, and the partition after them again. */
async function replaceRest(client: Client, rest: LogPartition | undefined, from: number, to: number): Promise<void> {
  await replace(client, REST, rest, async () => {
    for (let day = from; day < to; day += DAY_MS) await attachNew(client, dayName(day), day, day + DAY_MS);
    await attachNew(client, REST, to, Infinity);
  });
}

/** Extends the partition before all days to the first day, so that rows logged by a clock set back have a partition. */
async function closeGap(client: Client): Promise<void> {
  const partitions = await logPartitions(client);
  const before = partitions.find(({ from }) => from === -Infinity);
  const first = Math.min(...partitions.map(({ from }) => from).filter(Number.isFinite));
  if (before?.to === first) return;
  await replace(client, BEFORE_DAYS, before, () => attachNew(client, BEFORE_DAYS, -Infinity, first));
}

/** Replaces a partition that takes no rows today with other partitions, and moves its rows to them. */
async function replace(
  client: Client,
  name: string,
  attached: LogPartition | undefined,
  attachOthers: () => Promise<void>,
): Promise<void> {
  if (attached) await client.query(`ALTER TABLE timer_changes DETACH PARTITION ${name} CONCURRENTLY`);
  await inTransaction(client, async () => {
    const former = await exists(client, name);
    if (former) await client.query(`ALTER TABLE ${name} RENAME TO ${FORMER}`);
    await attachOthers();
    if (former) await client.query(`INSERT INTO timer_changes SELECT * FROM ${FORMER}`);
    if (former) await client.query(`DROP TABLE ${FORMER}`);
  });
}

/**
 * Handles a missing partition for today, after the server was off for a week or was not allowed to create partitions.
 * The rest partition becomes the partition of all days up to tomorrow. Commands wait for this short transaction; each
 * of its locks times out after 100 ms.
 */
async function cutRest(client: Client, rest: LogPartition | undefined, from: number, now: number): Promise<void> {
  if (rest === undefined) {
    const text = (await exists(client, REST)) ? `ALTER TABLE timer_changes ATTACH PARTITION ${REST} ` : CREATE_REST;
    await client.query(text + boundsOf(from, Infinity));
    return;
  }
  const { rows } = await client.query<{ newest: number | null }>(
    `SELECT extract(epoch from max(logged_at))::float8 * 1000 AS newest FROM ${rest.name}`,
  );
  const end = startOfDay(Math.max(now, rows[0]?.newest ?? 0)) + 2 * DAY_MS;
  const [since, until] = [new Date(from).toISOString(), new Date(end).toISOString()];
  const name = dayName(from);
  await client.query(`SET lock_timeout = '100ms'`);
  await client.query(`ALTER TABLE ${rest.name} DROP CONSTRAINT IF EXISTS cut`);
  await client.query(
    `ALTER TABLE ${rest.name} ADD CONSTRAINT cut CHECK (logged_at >= '${since}' AND logged_at < '${until}') NOT VALID`,
  );
  // Validated before the transaction, which then need not scan the table.
  await client.query(`ALTER TABLE ${rest.name} VALIDATE CONSTRAINT cut`);
  await inTransaction(client, async () => {
    await client.query(`ALTER TABLE timer_changes DETACH PARTITION ${rest.name}`);
    await client.query(`ALTER TABLE ${rest.name} RENAME TO ${name}`);
    await client.query(`ALTER TABLE timer_changes ATTACH PARTITION ${name} ${boundsOf(from, end)}`);
    await client.query(CREATE_REST + boundsOf(end, Infinity));
  });
  await client.query(`ALTER TABLE ${name} DROP CONSTRAINT IF EXISTS cut`);
  await client.query(`SET lock_timeout = '30s'`);
}

/** Creates a table and then attaches it, because that takes a weaker lock on the log than `PARTITION OF`. */
async function attachNew(client: Client, name: string, from: number, to: number): Promise<void> {
  await client.query(`CREATE TABLE ${name} (LIKE timer_changes INCLUDING DEFAULTS)`);
  await client.query(`ALTER TABLE timer_changes ATTACH PARTITION ${name} ${boundsOf(from, to)}`);
}

/**
 * Drops the daily partitions that ended before `before`. Before each, it records that the log no longer has these rows.
 * Detaching waits for running readers without blocking other statements.
 */
export async function dropDays(client: Client, before: number): Promise<void> {
  for (const { name, to } of await logPartitions(client)) {
    if (to > before || name === BEFORE_DAYS) continue;
    await noteDropped(client, name);
    await client.query(`ALTER TABLE timer_changes DETACH PARTITION ${name} CONCURRENTLY`);
  }
  await dropDetached(client);
  await closeGap(client);
}

/** Drops detached daily partitions, including those left by an instance that stopped in between. */
async function dropDetached(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname ~ '^timer_changes_[0-9]{8}$' AND NOT relispartition`,
  );
  for (const { name } of rows) {
    await inTransaction(client, async () => {
      await noteDropped(client, name);
      await client.query(`DROP TABLE ${name}`);
    });
  }
}

async function noteDropped(client: Client, name: string): Promise<void> {
  await client.query(
    `UPDATE change_log_state s SET dropped_through = newest.transaction_id
     FROM (SELECT transaction_id FROM ${name} ORDER BY transaction_id DESC LIMIT 1) newest
     WHERE newest.transaction_id > s.dropped_through`,
  );
}

/**
 * Deletes rows from before `before` that are not in a daily partition, or all rows when partitions may not be dropped.
 * Deletes in slices from the oldest on, each in its own transaction.
 */
export async function deleteRows(client: Client, before: number, owns: boolean): Promise<void> {
  const apart = (await logPartitions(client)).filter(({ name, from }) => from < before && !/_\d{8}$/.test(name));
  for (const table of owns ? apart.map(({ name }) => name) : ['timer_changes']) {
    while ((await deleteSlice(client, table, before)) === SLICE);
  }
}

async function deleteSlice(client: Client, table: string, before: number): Promise<number> {
  const { rows } = await client.query<{ deleted: number }>(
    `WITH oldest AS (SELECT transaction_id, id, logged_at FROM ${table} ORDER BY transaction_id, id LIMIT ${SLICE}),
     gone AS (
       DELETE FROM ${table} l USING oldest o
       WHERE o.logged_at < to_timestamp($1::float8 / 1000)
         AND l.transaction_id = o.transaction_id AND l.id = o.id AND l.logged_at = o.logged_at
       RETURNING l.transaction_id),
     newest AS (SELECT transaction_id FROM gone ORDER BY transaction_id DESC LIMIT 1),
     noted AS (UPDATE change_log_state s SET dropped_through = newest.transaction_id FROM newest
       WHERE newest.transaction_id > s.dropped_through)
     SELECT count(*)::int AS deleted FROM gone`,
    [before],
  );
  return rows[0]?.deleted ?? 0;
}

async function exists(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(`SELECT to_regclass('public.${name}') IS NOT NULL AS found`);
  return rows[0]?.found === true;
}

async function inTransaction(client: Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
