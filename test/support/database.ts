import { Client } from 'pg';

import { clientConfig, type DatabaseConnection, withDatabase } from '../../src/database/connection.js';

/** The migrated, empty database that every suite's own is cloned from. */
export const TEMPLATE = 'metronome_template';

const cluster = (): DatabaseConnection =>
  JSON.parse(process.env['METRONOME_TEST_CLUSTER'] ?? '{}') as DatabaseConnection;

/** One statement on the cluster's own database. */
export async function onCluster(statement: string): Promise<void> {
  const client = new Client({ ...clientConfig(cluster()), query_timeout: 0, lock_timeout: 0 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

let made = 0;

/** A database of one's own, cloned from the template; `empty` leaves even the schema out. */
export async function createDatabase({ empty = false } = {}): Promise<DatabaseConnection> {
  made += 1;
  const name = `test_${process.pid}_${Date.now().toString(36)}_${made}`;
  await onCluster(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : TEMPLATE} STRATEGY file_copy`);
  return withDatabase(cluster(), name);
}

/** `postgres://…` of a database, for a process that is told by `DATABASE_URL`. */
export function urlOf(connection: DatabaseConnection): string {
  if ('url' in connection) return connection.url;
  const { host, port, user, password, database } = connection;
  const auth = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  if (!host.startsWith('/')) return `postgres://${auth}@${host}:${port}/${database}`;
  return `postgres://${auth}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}
