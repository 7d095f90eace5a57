import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';

import { AppModule } from './app.module.js';
import { requestLog } from './common/http/request-log.js';
import { NestLogger } from './common/logging/logger.js';
import type { Settings } from './config/settings.js';
import type { DatabaseConnection } from './database/connection.js';
import { Clock } from './timer-domain/clock/clock.js';

/** Bodies are read after the guards, by the generation whose rules they follow: a stranger's 20 MB are not. */
export const APPLICATION_OPTIONS = { bodyParser: false, forceCloseConnections: true } as const;

/** The application, not yet listening. */
export async function createApp(
  settings: Settings,
  connection: DatabaseConnection,
  logger: Logger,
): Promise<NestExpressApplication> {
  const module = AppModule.with(settings, connection);
  const app = await NestFactory.create<NestExpressApplication>(module, {
    ...APPLICATION_OPTIONS,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  return configureApp(app, settings, logger);
}

/** What applies to every request, whichever generation serves it; tests build their application with it too. */
export function configureApp(app: NestExpressApplication, settings: Settings, logger: Logger): NestExpressApplication {
  const clock = app.get(Clock);
  app.disable('x-powered-by');
  // Nobody caches a timer, and hashing every answer costs a tenth of a request (design.md).
  app.disable('etag');
  app.set('trust proxy', settings.http.trustProxy);
  app.set('query parser', 'simple');
  // A path in other letters is another path: the error envelope is chosen by it.
  app.set('case sensitive routing', true);
  app.use(requestLog({ logger, now: () => (clock.uncertaintyMs < Infinity ? clock.now() : Date.now()) }));
  return app;
}
