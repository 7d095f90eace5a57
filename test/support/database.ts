import { Client } from 'pg';

import { clientConfig, type DatabaseConnection, withDatabase } from '../../src/database/connection.js';

/** The migrated, empty database that every suite's own is cloned from. */
export const TEMPLATE = 'metronome_template';

interface TestCluster {
  /** May make databases and roles. */
  readonly superuser: DatabaseConnection;
  /** As the server's role, which owns its database and may nothing else; the same with `TEST_DATABASE_URL`. */
  readonly connection: DatabaseConnection;
}

const cluster = (): TestCluster => JSON.parse(process.env['METRONOME_TEST_CLUSTER'] ?? '{}') as TestCluster;

/** The same database, as a role that may everything there. */
export function asSuperuser(database: DatabaseConnection): DatabaseConnection {
  if (!('url' in database)) return withDatabase(cluster().superuser, database.database);
  return withDatabase(cluster().superuser, new URL(database.url).pathname.slice(1));
}

/** One statement on the cluster's own database, as a superuser. */
export async function onCluster(statement: string): Promise<void> {
  const client = new Client({ ...clientConfig(cluster().superuser), query_timeout: 0, lock_timeout: 0 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

let made = 0;

/** A database that belongs to the server's role, cloned from the template; `empty` leaves even the schema out. */
export async function createDatabase({ empty = false } = {}): Promise<DatabaseConnection> {
  made += 1;
  const name = `test_${process.pid}_${Date.now().toString(36)}_${made}`;
  const { connection } = cluster();
  const owner = 'url' in connection ? '' : `OWNER ${connection.user}`;
  await onCluster(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : TEMPLATE} STRATEGY file_copy ${owner}`);
  return withDatabase(connection, name);
}

/** `postgres://…` of a database, for a process that is told by `DATABASE_URL`. */
export function urlOf(connection: DatabaseConnection): string {
  if ('url' in connection) return connection.url;
  const { host, port, user, password, database } = connection;
  const auth = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  if (!host.startsWith('/')) return `postgres://${auth}@${host}:${port}/${database}`;
  return `postgres://${auth}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}
