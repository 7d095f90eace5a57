import type { Client } from 'pg';

import { migrations } from '../../../migrations/index.js';
import { CommandError } from '../run-command.js';
import { isThere, migrationsIn, TABLES_WITH_COLUMNS } from './backup.sql.js';
import type { Table } from './backup-file.js';

/** Where TypeORM keeps which migrations were run; the header of a backup says that instead. */
export const MIGRATIONS = 'migrations';

/**
 * Every table that is ours, by name: whatever else a database holds is no business of a backup or a restore. A table that
 * a migration makes is added here; a test compares.
 */
export const BACKED_UP: readonly string[] = [
  'blocks',
  'code_guesses',
  'deleted_rooms',
  'friendships',
  'kept_answers',
  'kept_attendances',
  'legacy_tokens',
  'mailed_codes',
  'participants',
  'refresh_tokens',
  'requests_by_email',
  'room_clocks',
  'room_presence',
  'rooms',
  'schedule_exceptions',
  'schedules',
  'sessions',
  'signals',
  'tag_groups',
  'tags',
  'timer_changes',
  'timer_deadlines',
  'timer_edits',
  'timer_unlinks',
  'timers',
  'todos',
  'users',
  'visibility_settings',
];

/** Tables of ours that say something of this database alone: another one gets its own with its schema. */
export const OF_THIS_DATABASE: readonly string[] = ['change_log_state'];

/**
 * The tables that are backed up, as far as the schema there is has them, with the columns that are carried over. Not
 * carried over are generated columns and transaction ids, which mean nothing to another server.
 */
export async function tablesOf(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(TABLES_WITH_COLUMNS, [BACKED_UP]);
  return rows;
}

/**
 * The last migration that was run, by name; undefined in a database without a schema of ours.
 * @throws CommandError when other migrations were run there than this version knows
 */
export async function schemaOf(client: Client): Promise<string | undefined> {
  const { rows: tables } = await client.query(isThere(MIGRATIONS));
  if (tables.length === 0) return undefined;
  const run = await namesIn(client);
  const known = new Set(migrations.map(({ name }) => name));
  const stranger = run.find((name) => !known.has(name));
  if (stranger !== undefined) {
    throw new CommandError(
      `the table ${MIGRATIONS} has ${stranger}, which this Metronome does not know: the database is a newer one's or another application's`,
    );
  }
  return run.at(-1);
}

/** What TypeORM has run, oldest first; a table of that name and other columns is not TypeORM's. */
async function namesIn(client: Client): Promise<string[]> {
  try {
    const { rows } = await client.query<{ name: string }>(migrationsIn(MIGRATIONS));
    return rows.map(({ name }) => name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNDEFINED_COLUMN) throw error;
    throw new CommandError(`the table ${MIGRATIONS} is another application's`);
  }
}

const UNDEFINED_COLUMN = '42703';
