import type { ClientConfig } from 'pg';

import { type SessionConfig, type SessionSettings, prepareSession, REQUEST_LIMITS } from './session.js';
import type { DatabaseCondition } from './database-condition.js';

/** Dependency-injection token of the driver's {@link SessionConfig} for a connection of one's own. */
export const CLIENT_CONFIG = Symbol('CLIENT_CONFIG');

/** Where a PostgreSQL is and who we are there. A host that is a directory holds a Unix socket. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The parts of a `DATABASE_URL` or of the embedded server that the driver takes. */
export type DatabaseConnection = PostgresConnection | { readonly url: string };

/** A request is answered within 3 s whatever the database does, so nothing that a request waits for takes longer. */
const REQUEST_TIMEOUT_MS = 2_500;

/** Limits that the driver would take from the query of a `DATABASE_URL`: they are ours to set. */
const OUR_LIMITS = ['query_timeout', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

interface ClientOptions {
  /** What the session is set to once it is connected; without it, the limits of a request. */
  readonly session?: SessionSettings;
  /** Is told when the server refuses writes. */
  readonly condition?: DatabaseCondition;
}

/**
 * How the driver connects: no wait for the database that outlasts a request. The startup packet holds nothing but who we
 * are, since PgBouncer refuses other parameters; a pool sets the session afterwards (`onConnect`), and whoever makes a
 * client by itself calls {@link connectClient}.
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

/** The same server, another database. */
export function withDatabase(connection: DatabaseConnection, database: string): DatabaseConnection {
  if (!('url' in connection)) return { ...connection, database };
  const url = new URL(connection.url);
  url.pathname = `/${database}`;
  return { url: url.toString() };
}
