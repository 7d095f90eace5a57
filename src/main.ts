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

/** A shutdown that takes longer is aborted. */
const STOP_WITHIN_MS = 14_000;
/**
 * Milliseconds between readiness turning false and closing the port, so that load balancers use other instances
 * (docs/spec/sockets.md#shutdown).
 */
const UNREADY_FOR_MS = 2_000;
/**
 * Longer than load balancers keep an idle connection (nginx: 60 s), so that a request never meets a closing connection.
 */
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
  // Loaded on demand, because the container image does not contain it.
  if (settings.testControl) (await import('./testing/control-socket.js')).openControlSocket(app, settings.dataDir);
  await app.listen(settings.http.port, settings.http.host).catch((error: unknown) => {
    throw new CannotListenError(settings.http, error as NodeJS.ErrnoException);
  });
  const { port } = app.getHttpServer().address() as { port: number };
  process.stdout.write(welcome(settings, port));
}

/**
 * The first signal starts a graceful shutdown, which interrupts no request in flight. A second signal exits
 * immediately.
 */
function stopOnSignal(running: Running): void {
  const { logger } = running;
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ msg: 'stopping', signal });
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    // Ctrl-C means development, where no load balancer has to notice the shutdown first.
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
