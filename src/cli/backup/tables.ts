import type { Client } from 'pg';

import { migrations } from '../../../migrations/index.js';
import { CommandError } from '../run-command.js';
import { isThere, migrationsIn, TABLES_WITH_COLUMNS } from './backup.sql.js';
import type { Table } from './backup-file.js';

/**
 * TypeORM's table of the migrations that have run. It is not backed up, because the header of a backup names the last
 * one.
 */
export const MIGRATIONS = 'migrations';

/**
 * The application's tables; backup and restore ignore all others. A migration that creates a table must add it here,
 * which a test verifies.
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

/** Tables with data about this database only; another database gets its own rows with its schema. */
export const OF_THIS_DATABASE: readonly string[] = ['change_log_state'];

/**
 * The tables to back up that exist in the current schema, with their columns. Generated columns are omitted, and so are
 * transaction ids, which have no meaning on another server.
 */
export async function tablesOf(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(TABLES_WITH_COLUMNS, [BACKED_UP]);
  return rows;
}

/**
 * The last migration that has run, by name; undefined in a database without a Metronome schema.
 * @throws CommandError when migrations have run that this version does not know
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

/**
 * The migrations that TypeORM has run, oldest first.
 * @throws CommandError when the table has other columns and is therefore not TypeORM's
 */
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
