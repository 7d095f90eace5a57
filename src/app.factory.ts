import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import { NestFactory } from '@nestjs/core';
import type { ExpressAdapter, NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';

import { AppModule } from './app.module.js';
import { ServiceUnavailableError, UpgradeRequiredError } from './common/errors.js';
import { defaultErrorEnvelope } from './common/http/default-error-envelope.js';
import { ErrorEnvelopes } from './common/http/error-envelope.js';
import { LeanExpressAdapter } from './common/http/lean-express-adapter.js';
import { EXPOSED_HEADERS, Origins } from './common/http/origins.js';
import { requestDeadline } from './common/http/request-deadline.js';
import { type AnsweredRequest, requestLog } from './common/http/request-log.js';
import { NestLogger } from './common/logging/logger.js';
import type { Settings } from './config/settings.js';
import { countRequestedCommand } from './metrics/count-command.js';
import { httpRequests, httpSeconds } from './metrics/meters.js';
import type { DatabaseConnection } from './database/connection.js';
import { MetronomeWsAdapter } from './realtime/adapter/metronome-ws-adapter.js';
import { SocketServer } from './realtime/adapter/socket-server.js';
import { PoolActivity } from './database/pool-activity.js';
import { Clock } from './timer-domain/clock/clock.js';

const YEAR_SECONDS = 365 * 86_400;

/** Bodies are read after the guards, by the generation whose rules they follow: a stranger's 20 MB are not. */
export const APPLICATION_OPTIONS = { bodyParser: false, forceCloseConnections: true } as const;

/** A path in other letters is another path, since the error envelope is chosen by it; the adapter makes its router at once. */
export function httpAdapter(): ExpressAdapter {
  return new LeanExpressAdapter(express().set('case sensitive routing', true));
}

/** The application, not yet listening. */
export async function createApp(
  settings: Settings,
  connection: DatabaseConnection,
  logger: Logger,
  nestLogger = new NestLogger(logger),
): Promise<NestExpressApplication> {
  const module = AppModule.with(settings, connection);
  const app = await NestFactory.create<NestExpressApplication>(module, httpAdapter(), {
    ...APPLICATION_OPTIONS,
    logger: nestLogger,
    abortOnError: false,
  });
  return configureApp(app, settings, logger);
}

/** What applies to every request, whichever generation serves it; tests build their application with it too. */
export function configureApp(app: NestExpressApplication, settings: Settings, logger: Logger): NestExpressApplication {
  const clock = app.get(Clock);
  const origins = app.get(Origins);
  app.disable('x-powered-by');
  // Nobody caches a timer, and hashing every answer costs a tenth of a request (docs/architecture.md#versions).
  app.disable('etag');
  app.set('trust proxy', origins.trusts);
  app.set('query parser', 'simple');
  app.set('body max bytes', settings.http.bodyMaxBytes);
  const now = () => (clock.uncertaintyMs < Infinity ? clock.now() : Date.now());
  app.use(requestLog({ logger, now, observe }));
  const activity = app.get(PoolActivity);
  app.use(requestDeadline({ isHeldUp: () => activity.isHeldUp(), answer: answerUnavailable(app.get(ErrorEnvelopes)) }));
  app.use(securityHeaders(settings));
  app.enableCors((request: Request, done: CorsCallback) => {
    done(null, corsOptions(origins.allowedOf(request) !== undefined));
  });
  app.useWebSocketAdapter(new MetronomeWsAdapter(app));
  app.use(upgradeRequired(app.get(SocketServer)));
  return app;
}

/** Sockets are opened beside the router: a request that arrives here at one's path does not ask for an upgrade. */
function upgradeRequired(sockets: SocketServer) {
  return ({ path }: Request, _: Response, next: NextFunction): void => {
    next(sockets.hasEndpointAt(path) ? new UpgradeRequiredError() : undefined);
  };
}

/** Which API a route belongs to, as metrics tell them apart. */
function generationOf(route: string | null): string {
  if (route === null) return 'none';
  if (route.startsWith('/v1/user/')) return 'legacy';
  if (route.startsWith('/v1/')) return 'v1';
  return route.startsWith('/api/v1/') ? 'rooms' : 'other';
}

function observe(answered: AnsweredRequest): void {
  const { method, route, status, ms } = answered;
  countRequestedCommand(answered);
  httpRequests.inc({ method, route: route ?? 'none', status: String(status) });
  httpSeconds.observe({ generation: generationOf(route) }, ms / 1_000);
}

/**
 * What every answer tells browsers: nothing is taken for another type than it says, and who is reached by https stays with
 * it. Pages add their own (src/web); for JSON the rest of what is usual would be ballast.
 */
function securityHeaders({ http }: Settings) {
  const isHttps = http.publicUrl.startsWith('https:');
  return (_: Request, response: Response, next: NextFunction): void => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (isHttps) response.setHeader('Strict-Transport-Security', `max-age=${YEAR_SECONDS}`);
    next();
  };
}

/** 503 in the envelope of the path's API. */
const answerUnavailable = (envelopes: ErrorEnvelopes) => (request: Request, response: Response) => {
  const envelope = envelopes.for(request.path) ?? defaultErrorEnvelope;
  const { status, headers, body } = envelope.present(new ServiceUnavailableError(), request);
  response.status(status).set(headers).json(body);
};

type CorsCallback = (error: Error | null, options: CorsOptions) => void;

/** docs/spec/v1.md#41-cors; requested headers are echoed, since a literal `*` does not cover Authorization. */
function corsOptions(isAllowed: boolean): CorsOptions {
  return {
    origin: isAllowed,
    methods: 'GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS',
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  };
}
