import { Client, type ClientConfig, DatabaseError } from 'pg';

import { PING } from './database.sql.js';

/** What a connection attempt tells of a PostgreSQL. */
export type Answer =
  | { readonly kind: 'ready' }
  /** Takes connections, and has no database of this name. */
  | { readonly kind: 'without database' }
  /** Takes connections, and not with this role and password. */
  | { readonly kind: 'locked' }
  /** It lives and takes no connections: it starts, recovers or shuts down, in its own words. */
  | { readonly kind: 'busy'; readonly says: string }
  /** It took the connection, by its socket, and did not answer in time. */
  | { readonly kind: 'mute'; readonly says: string }
  | { readonly kind: 'none' };

const NO_DATABASE = '3D000';
const CANNOT_CONNECT_NOW = '57P03';
/** An authentication that failed. */
const NOT_OURS = /^28/;
/** Nothing listens there. */
const SILENCE = /^(ECONNREFUSED|ENOENT)$/;

/**
 * Asks the PostgreSQL at this address. Over TCP one that refuses our password is another's, who has the port now.
 * @throws what the system says when the address may not be used (EACCES)
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
  // What is mute over TCP may be anything that has the port now.
  if (SILENCE.test(error.code ?? '') || host?.startsWith('/') !== true) return { kind: 'none' };
  return { kind: 'mute', says: error.message };
}

/** Connects, runs the statement, and leaves. */
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
