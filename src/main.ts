import 'reflect-metadata';

import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';

import { createApp } from './app.factory.js';
import { Failure } from './common/errors.js';
import { describeError } from './common/logging/describe-error.js';
import { createLogger } from './common/logging/logger.js';
import { loadEnvironment } from './config/environment.js';
import { InvalidSettingsError, readSettings, type Settings } from './config/settings.js';
import { migrate } from './database/migrate.js';
import { type OpenDatabase, openDatabase } from './database/open-database.js';
import { Readiness } from './database/readiness.js';
import { welcome } from './welcome.js';

/** A stop that takes longer is cut short. */
const STOP_WITHIN_MS = 10_000;

await start().catch((error: unknown) => {
  process.stderr.write(`\nMetronome did not start. ${reasonOf(error)}\n`);
  process.exit(1);
});

async function start(): Promise<void> {
  const settings = readSettings(loadEnvironment());
  const logger = createLogger(settings.log);
  const database = await openDatabase(settings, (level, message) => {
    logger[level]({ msg: message, context: 'Database' });
  });
  try {
    await serve(settings, database, logger);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function serve(settings: Settings, database: OpenDatabase, logger: Logger): Promise<void> {
  await migrate(database.connection);
  const app = await createApp(settings, database.connection, logger);
  stopOnSignal(app, database, logger);
  await app.listen(settings.http.port, settings.http.host);
  const { port } = app.getHttpServer().address() as { port: number };
  process.stdout.write(welcome(settings, port));
}

/** The first signal stops in order: nothing acknowledged is cut off. A second one does not wait. */
function stopOnSignal(app: NestExpressApplication, database: OpenDatabase, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ msg: 'stopping', signal });
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    void stopInOrder(app, database, logger);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

async function stopInOrder(app: NestExpressApplication, database: OpenDatabase, logger: Logger): Promise<void> {
  app.get(Readiness).drain();
  try {
    await app.close();
    await database.close();
    logger.info({ msg: 'stopped' });
    logger.flush(() => process.exit(0));
  } catch (error) {
    logger.error({ msg: 'the stop was not clean', ...describeError(error) });
    logger.flush(() => process.exit(1));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof InvalidSettingsError || error instanceof Failure) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'The port is taken: stop what listens there, or set PORT to another one.';
  return `${code ?? ''} ${message}`.trim();
}
