import type { ClientConfig } from 'pg';

import { type SessionConfig, type SessionSettings, prepareSession, REQUEST_LIMITS } from './session.js';
import type { DatabaseCondition } from './database-condition.js';

/** Dependency-injection token of the {@link SessionConfig} for dedicated connections. */
export const CLIENT_CONFIG = Symbol('CLIENT_CONFIG');

/** The address and credentials of a PostgreSQL server. A host that is a directory contains a Unix socket. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A `DATABASE_URL`, or the address and credentials of the embedded server. */
export type DatabaseConnection = PostgresConnection | { readonly url: string };

/** Limits every wait of a request, because requests are answered within 3 s whatever the database does. */
const REQUEST_TIMEOUT_MS = 2_500;

/** Limits that the driver would read from the query of a `DATABASE_URL`; the application sets them instead. */
const OUR_LIMITS = ['query_timeout', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

interface ClientOptions {
  /** The settings of the session after it is connected; the limits of a request by default. */
  readonly session?: SessionSettings;
  /** Records when the server rejects writes. */
  readonly condition?: DatabaseCondition;
}

/**
 * The driver's configuration. No wait for the database outlasts a request. The startup packet contains only the
 * credentials and the application name, because PgBouncer rejects other parameters. Pools prepare the session
 * afterwards (`onConnect`); code that creates a single client calls {@link connectClient}.
 */
export function clientConfig(connection: DatabaseConnection, options: ClientOptions = {}): SessionConfig {
  const { session = REQUEST_LIMITS, condition } = options;
  return {
    ...driverConfig(connection),
    application_name: 'metronome',
    connectionTimeoutMillis: 2_000,
    query_timeout: REQUEST_TIMEOUT_MS,
    keepAlive: true,
    onConnect: async (client, settings = session) => {
      condition?.watch(client);
      const { readOnly } = await prepareSession(client, settings);
      if (readOnly) condition?.refusesWrites(client);
    },
  };
}

function driverConfig(connection: DatabaseConnection): ClientConfig {
  if (!('url' in connection)) return { ...connection };
  const url = URL.canParse(connection.url) ? new URL(connection.url) : undefined;
  if (url === undefined || !OUR_LIMITS.some((name) => url.searchParams.has(name))) {
    return { connectionString: connection.url };
  }
  for (const name of OUR_LIMITS) url.searchParams.delete(name);
  return { connectionString: url.toString() };
}

/** A connection to another database of the same server. */
export function withDatabase(connection: DatabaseConnection, database: string): DatabaseConnection {
  if (!('url' in connection)) return { ...connection, database };
  const url = new URL(connection.url);
  url.pathname = `/${database}`;
  return { url: url.toString() };
}
