import { DataSource } from 'typeorm';

import { migrations } from '../../migrations/index.js';
import { clientConfig, type DatabaseConnection } from './connection.js';
import { dataSourceOptions } from './data-source.js';
import { LOCK_MIGRATIONS } from './database.sql.js';
import { settleLogs } from './log-home.js';
import { connectClient, NO_LIMITS } from './session.js';

/** An advisory lock number that nothing else in the database uses. */
const LOCK = 7_140_000;

/**
 * Migrates the schema. Of several instances that start together, the first one migrates and the others wait for it.
 * @param upTo name of the last migration to run; all of them by default
 */
export async function migrate(connection: DatabaseConnection, upTo?: string): Promise<void> {
  const patient = { ...clientConfig(connection), query_timeout: 0, application_name: 'metronome-migrations' };
  const client = await connectClient(patient, NO_LIMITS);
  try {
    await client.query(LOCK_MIGRATIONS, [LOCK]);
    await runMigrations(connection, upTo);
    if (upTo === undefined) await settleLogs(client);
  } finally {
    await client.end();
  }
}

async function runMigrations(connection: DatabaseConnection, upTo: string | undefined): Promise<void> {
  const options = dataSourceOptions(connection, { poolSize: 2, limits: NO_LIMITS });
  const all = [...migrations];
  const last = upTo === undefined ? all.length - 1 : all.findIndex(({ name }) => name === upTo);
  const dataSource = new DataSource({ ...options, migrations: all.slice(0, last + 1) });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
}
