import { Client, type ClientConfig, DatabaseError } from 'pg';

import { PING } from './database.sql.js';

/** The state of a PostgreSQL server as a connection attempt shows it. */
export type Answer =
  | { readonly kind: 'ready' }
  /** The server accepts connections, but has no database of this name. */
  | { readonly kind: 'without database' }
  /** The server accepts connections, but rejects this role and password. */
  | { readonly kind: 'locked' }
  /** The server runs but accepts no connections: it starts, recovers or shuts down. `says` is its message. */
  | { readonly kind: 'busy'; readonly says: string }
  /** The server accepted the connection on its Unix socket, but did not respond in time. */
  | { readonly kind: 'mute'; readonly says: string }
  | { readonly kind: 'none' };

const NO_DATABASE = '3D000';
const CANNOT_CONNECT_NOW = '57P03';
/** SQLSTATE class of failed authentication. */
const NOT_OURS = /^28/;
/** Errors when no server listens at the address. */
const SILENCE = /^(ECONNREFUSED|ENOENT)$/;

/**
 * Checks the PostgreSQL at this address. Over TCP, a server that rejects our password is a different one that now has
 * the port.
 * @throws the system error when access to the address is denied (EACCES)
 */
export async function ask(connection: ClientConfig): Promise<Answer> {
  try {
    await runOnce(connection);
    return { kind: 'ready' };
  } catch (error) {
    return error instanceof DatabaseError
      ? fromServer(error, connection)
      : fromSystem(error as NodeJS.ErrnoException, connection);
  }
}

function fromServer({ code = '', message }: DatabaseError, { host }: ClientConfig): Answer {
  if (code === NO_DATABASE) return { kind: 'without database' };
  if (code === CANNOT_CONNECT_NOW) return { kind: 'busy', says: message };
  if (!NOT_OURS.test(code)) return { kind: 'ready' };
  return { kind: host?.startsWith('/') === true ? 'locked' : 'none' };
}

function fromSystem(error: NodeJS.ErrnoException, { host }: ClientConfig): Answer {
  if (error.code === 'EACCES') throw error;
  // An unresponsive TCP server may be any program that now has the port.
  if (SILENCE.test(error.code ?? '') || host?.startsWith('/') !== true) return { kind: 'none' };
  return { kind: 'mute', says: error.message };
}

/** Connects, runs one statement, and disconnects. */
export async function runOnce(connection: ClientConfig, statement = PING): Promise<void> {
  const client = new Client({ ...connection, application_name: 'metronome-start', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}
