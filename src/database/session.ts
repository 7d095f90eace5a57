import { Client, type ClientBase, type ClientConfig, DatabaseError } from 'pg';

import { checkClientEvery, setParameters } from './database.sql.js';

/** Settings of a session in addition to the common ones. Times are in milliseconds; 0 means no limit. */
export interface SessionSettings {
  /** The server's statement timeout. It is shorter than the driver's, so that no abandoned statement keeps running. */
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleInTransactionMs: number;
  /** Uses one plan per named statement, regardless of the values. */
  readonly genericPlans?: boolean;
}

/** Limits for the work of requests (see `REQUEST_TIMEOUT_MS`). */
export const REQUEST_LIMITS: SessionSettings = { statementMs: 2_300, lockMs: 2_000, idleInTransactionMs: 30_000 };

/** For work of unlimited duration: migrations, backup and restore. */
export const NO_LIMITS: SessionSettings = { statementMs: 0, lockMs: 0, idleInTransactionMs: 0 };

/** Interval in milliseconds at which the server checks whether the client of a running statement is connected. */
const CHECK_CLIENT_EVERY_MS = 500;
/** SQLSTATE codes: the server does not know the setting, or its platform does not support it (Windows). */
const NOT_HERE = /^(22023|42704)$/;

/** The driver's configuration of a connection, and the preparation of its session. */
export interface SessionConfig extends ClientConfig {
  /** Called when a connection is established; pools call it automatically. */
  readonly onConnect: (client: ClientBase, settings?: SessionSettings) => Promise<void>;
}

/**
 * Prepares a new session: UTC, the application's limits, and plans for short statements. The settings are sent as a
 * statement instead of in the startup packet, because PgBouncer does not pass on other parameters and `?options=` of a
 * `DATABASE_URL` would replace them.
 * @returns whether the server currently accepts no writes: a standby, or a primary that is set to read-only
 */
export async function prepareSession(client: ClientBase, settings: SessionSettings): Promise<{ readOnly: boolean }> {
  const parameters = Object.entries(parametersOf(settings));
  const { rows } = await client.query<{ read_only: boolean }>(setParameters(parameters.length), parameters.flat());
  await checkClients(client);
  return { readOnly: rows[0]?.read_only === true };
}

/**
 * Connects a single client and prepares its session.
 * @throws the driver's errors, after closing the client
 */
export async function connectClient(config: SessionConfig, settings?: SessionSettings): Promise<Client> {
  const client = new Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await config.onConnect(client, settings);
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

function parametersOf({ statementMs, lockMs, idleInTransactionMs, genericPlans }: SessionSettings) {
  return {
    TimeZone: 'UTC',
    // Just-in-time compilation costs more than it saves for short statements. The plans of named statements are kept
    // and may be made while tables are small, so sequential scans are disabled where an index exists.
    jit: 'off',
    enable_seqscan: 'off',
    statement_timeout: String(statementMs),
    lock_timeout: String(lockMs),
    idle_in_transaction_session_timeout: String(idleInTransactionMs),
    ...(genericPlans === true ? { plan_cache_mode: 'force_generic_plan' } : {}),
  };
}

/** Makes the server cancel a statement whose client has disconnected, which would otherwise keep its locks. */
async function checkClients(client: ClientBase): Promise<void> {
  try {
    await client.query(checkClientEvery(CHECK_CLIENT_EVERY_MS));
  } catch (error) {
    if (!(error instanceof DatabaseError) || !NOT_HERE.test(error.code ?? '')) throw error;
  }
}
