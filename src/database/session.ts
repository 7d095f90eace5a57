import { Client, type ClientBase, type ClientConfig, DatabaseError } from 'pg';

import { checkClientEvery, setParameters } from './database.sql.js';

/** What a session is set to, beside what every session of ours has. Times in milliseconds; 0 is no limit. */
export interface SessionSettings {
  /** After which the server gives a statement up: before the driver does, so that nothing goes on unseen. */
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleInTransactionMs: number;
  /** One plan for each named statement, whatever its values. */
  readonly genericPlans?: boolean;
}

/** For what a request waits for (see `REQUEST_TIMEOUT_MS`). */
export const REQUEST_LIMITS: SessionSettings = { statementMs: 2_300, lockMs: 2_000, idleInTransactionMs: 30_000 };

/** For work that takes as long as it takes: migrations, backup and restore. */
export const NO_LIMITS: SessionSettings = { statementMs: 0, lockMs: 0, idleInTransactionMs: 0 };

/** How often the server looks whether the client of a running statement is still there, milliseconds. */
const CHECK_CLIENT_EVERY_MS = 500;
/** The server does not know the setting, or its platform cannot do it (Windows). */
const NOT_HERE = /^(22023|42704)$/;

/** The driver's configuration of a connection, and how its session is made ours. */
export interface SessionConfig extends ClientConfig {
  /** Called once a connection stands, by pools themselves. */
  readonly onConnect: (client: ClientBase, settings?: SessionSettings) => Promise<void>;
}

/**
 * Sets a session that has just been connected: UTC, our limits, and plans for short statements. Sent as a statement and not
 * in the startup packet: PgBouncer passes on no other parameters, and `?options=` of a `DATABASE_URL` comes before it.
 * @returns whether the server takes no writes at this moment: a standby, or a primary that was told so
 */
export async function prepareSession(client: ClientBase, settings: SessionSettings): Promise<{ readOnly: boolean }> {
  const parameters = Object.entries(parametersOf(settings));
  const { rows } = await client.query<{ read_only: boolean }>(setParameters(parameters.length), parameters.flat());
  await checkClients(client);
  return { readOnly: rows[0]?.read_only === true };
}

/** A client by itself, connected, its session set. @throws what the driver throws; then it is closed */
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
    // Just-in-time compilation costs short statements more than it saves. The plan of a named statement is kept, and made
    // when tables may still be small: it must not be to read them whole, where there is an index.
    jit: 'off',
    enable_seqscan: 'off',
    statement_timeout: String(statementMs),
    lock_timeout: String(lockMs),
    idle_in_transaction_session_timeout: String(idleInTransactionMs),
    ...(genericPlans === true ? { plan_cache_mode: 'force_generic_plan' } : {}),
  };
}

/** A statement whose client is gone ends, instead of keeping its locks until it is done. */
async function checkClients(client: ClientBase): Promise<void> {
  try {
    await client.query(checkClientEvery(CHECK_CLIENT_EVERY_MS));
  } catch (error) {
    if (!(error instanceof DatabaseError) || !NOT_HERE.test(error.code ?? '')) throw error;
  }
}
