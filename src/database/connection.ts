import type { ClientConfig } from 'pg';

/** Dependency-injection token of the driver's {@link ClientConfig} for a connection of one's own. */
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

/** How the driver connects: UTC, and no wait for the database that outlasts a request. */
export function clientConfig(connection: DatabaseConnection): ClientConfig {
  return {
    ...('url' in connection ? { connectionString: connection.url } : connection),
    application_name: 'metronome',
    connectionTimeoutMillis: 2_000,
    query_timeout: REQUEST_TIMEOUT_MS,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    // Just-in-time compilation costs short statements more than it saves. The plan of a named statement is kept, and made
    // when tables may still be small: it must not be to read them whole, where there is an index.
    options: '-c timezone=UTC -c jit=off -c enable_seqscan=off',
  };
}

/** The same server, another database. */
export function withDatabase(connection: DatabaseConnection, database: string): DatabaseConnection {
  if (!('url' in connection)) return { ...connection, database };
  const url = new URL(connection.url);
  url.pathname = `/${database}`;
  return { url: url.toString() };
}
