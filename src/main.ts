import 'reflect-metadata';

import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';

import { createApp } from './app.factory.js';
import { CannotListenError } from './cannot-listen.js';
import { Failure } from './common/errors.js';
import { InFlight } from './common/http/in-flight.js';
import { describeError } from './common/logging/describe-error.js';
import { createLogger, NestLogger } from './common/logging/logger.js';
import { loadEnvironment } from './config/environment.js';
import { InvalidSettingsError, readSettings, type Settings } from './config/settings.js';
import { migrate } from './database/migrate.js';
import { type OpenDatabase, openDatabase } from './database/open-database.js';
import { Readiness } from './database/readiness.js';
import { SocketServer } from './realtime/adapter/socket-server.js';
import { welcome } from './welcome.js';

/** A stop that takes longer is cut short. */
const STOP_WITHIN_MS = 14_000;
/** Ready turns false this long before the port closes, so that load balancers look elsewhere (docs/spec/sockets.md#shutdown). */
const UNREADY_FOR_MS = 2_000;
/** Longer than load balancers keep an idle connection (nginx a minute): a request never meets one that is just closed. */
const KEEP_ALIVE_MS = 75_000;

interface Running {
  readonly app: NestExpressApplication;
  readonly database: OpenDatabase;
  readonly logger: Logger;
  readonly nestLogger: NestLogger;
  readonly inFlight: InFlight;
}

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
  const nestLogger = new NestLogger(logger);
  const app = await createApp(settings, database.connection, logger, nestLogger);
  app.getHttpServer().keepAliveTimeout = KEEP_ALIVE_MS;
  const inFlight = new InFlight(app.getHttpServer());
  stopOnSignal({ app, database, logger, nestLogger, inFlight });
  // Loaded only then: the image is without it.
  if (settings.testControl) (await import('./testing/control-socket.js')).openControlSocket(app, settings.dataDir);
  await app.listen(settings.http.port, settings.http.host).catch((error: unknown) => {
    throw new CannotListenError(settings.http, error as NodeJS.ErrnoException);
  });
  const { port } = app.getHttpServer().address() as { port: number };
  process.stdout.write(welcome(settings, port));
}

/** The first signal stops in order: nothing acknowledged is cut off. A second one does not wait. */
function stopOnSignal(running: Running): void {
  const { logger } = running;
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ msg: 'stopping', signal });
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    // Whoever presses Ctrl-C has no load balancer that has to hear of it first.
    void stopInOrder(running, signal === 'SIGTERM' ? UNREADY_FOR_MS : 0);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

async function stopInOrder(
  { app, database, logger, nestLogger, inFlight }: Running,
  unreadyForMs: number,
): Promise<void> {
  app.get(Readiness).drain();
  app.get(SocketServer).refuseConnections();
  try {
    if (unreadyForMs > 0) inFlight.endConnections();
    await new Promise((resolve) => setTimeout(resolve, unreadyForMs));
    await inFlight.closePort();
    await inFlight.none();
    await app.close();
    await database.close();
    nestLogger.flush();
    logger.info({ msg: 'stopped' });
    logger.flush(() => process.exit(0));
  } catch (error) {
    nestLogger.flush();
    logger.error({ msg: 'the stop was not clean', ...describeError(error) });
    logger.flush(() => process.exit(1));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof InvalidSettingsError || error instanceof Failure) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return `${code ?? ''} ${message}`.trim();
}
