import type { DataSource } from 'typeorm';

import { migrations } from '../../migrations/index.js';
import { RUN_MIGRATIONS } from './database.sql.js';

/** The message of a version that is older than the schema. */
export const NEWER_SCHEMA =
  'the database has the schema of a newer Metronome. Start that version, or restore a backup of before into a new database';

/** Names of the migrations that have run and that this version does not know. */
export async function newerMigrations(dataSource: DataSource): Promise<string[]> {
  const run = await dataSource.query<{ name: string }[]>(RUN_MIGRATIONS);
  const known = new Set<string>(migrations.map(({ name }) => name));
  return run.map(({ name }) => name).filter((name) => !known.has(name));
}
