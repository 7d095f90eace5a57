import { setTimeout as delay } from 'node:timers/promises';

import type { Settings } from '../config/settings.js';
import { ask } from './answer.js';
import { clientConfig, type DatabaseConnection } from './connection.js';
import { EmbeddedBinariesMissingError } from './embedded/errors.js';
import { DEFAULT_LIMITS, Patience } from './patience.js';

const POLL_MS = 200;

export type DatabaseLog = (level: 'info' | 'warn' | 'error', message: string) => void;

/** A database that is there to be connected to, and how to let go of it. */
export interface OpenDatabase {
  readonly connection: DatabaseConnection;
  /** Stops the embedded server if it was started for us. */
  close(): Promise<void>;
}

/**
 * `DATABASE_URL`, once it does not recover from a crash any more, or the embedded server in `DATA_DIR`, started. Nothing of the embedded server is loaded unless it is used.
 * @param sharing use an embedded server that is running already (the command line does) instead of refusing
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

/** Waits while the database says that it starts, recovers or shuts down: that ends by itself, and says so meanwhile. */
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

/** The package that locks files is built for the usual platforms only. */
function asMissing(error: unknown): never {
  const missing = (error as NodeJS.ErrnoException).code === 'ADDON_NOT_FOUND';
  throw missing ? new EmbeddedBinariesMissingError('fs-native-extensions') : error;
}
