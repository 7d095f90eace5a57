import { setTimeout as delay } from 'node:timers/promises';

import type { Settings } from '../config/settings.js';
import { ask } from './answer.js';
import { clientConfig, type DatabaseConnection } from './connection.js';
import { EmbeddedBinariesMissingError } from './embedded/errors.js';
import { DEFAULT_LIMITS, Patience } from './patience.js';

const POLL_MS = 200;

export type DatabaseLog = (level: 'info' | 'warn' | 'error', message: string) => void;

/** An available database, and a way to close it. */
export interface OpenDatabase {
  readonly connection: DatabaseConnection;
  /** Stops the embedded server if this process started it. */
  close(): Promise<void>;
}

/**
 * Opens `DATABASE_URL` and waits for its crash recovery, or starts the embedded server in `DATA_DIR`. The code of the
 * embedded server is loaded only if it is used.
 * @param sharing use an embedded server that is already running (for the command line) instead of failing
 */
export async function openDatabase(
  settings: Settings,
  log: DatabaseLog,
  { sharing = false }: { sharing?: boolean } = {},
): Promise<OpenDatabase> {
  const { url } = settings.database;
  if (url !== undefined) {
    await untilRecovered({ url }, log);
    return { connection: { url }, close: () => Promise.resolve() };
  }
  const embedded = await import('./embedded/embedded-postgres.js').catch(asMissing);
  if (sharing) return embedded.shareEmbeddedPostgres({ dataDir: settings.dataDir, log });
  const server = await embedded.startEmbeddedPostgres({ dataDir: settings.dataDir, log });
  return { connection: server.connection, close: () => server.stop() };
}

/** Waits and logs while the database reports that it starts, recovers or shuts down. */
async function untilRecovered(connection: DatabaseConnection, log: DatabaseLog): Promise<void> {
  const patience = new Patience(DEFAULT_LIMITS, (text) => {
    log('warn', text);
  });
  const config = clientConfig(connection);
  for (
    let answer = await ask(config);
    answer.kind === 'busy' && patience.lastsAfter(answer);
    answer = await ask(config)
  )
    await delay(POLL_MS);
}

/** The package for file locks is available for common platforms only. */
function asMissing(error: unknown): never {
  const missing = (error as NodeJS.ErrnoException).code === 'ADDON_NOT_FOUND';
  throw missing ? new EmbeddedBinariesMissingError('fs-native-extensions') : error;
}
