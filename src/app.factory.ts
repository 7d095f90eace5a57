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

/** Each API reads bodies after its guards, so that a body of 20 MB from an unauthenticated caller is not read. */
export const APPLICATION_OPTIONS = { bodyParser: false, forceCloseConnections: true } as const;

/**
 * Routes are case-sensitive, because the error envelope is chosen by the path. The adapter creates its router
 * immediately, so the setting must come first.
 */
export function httpAdapter(): ExpressAdapter {
  return new LeanExpressAdapter(express().set('case sensitive routing', true));
}

/** Creates the application without listening. */
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

/** Configures the handling of every request in all APIs; tests use it to build their application, too. */
export function configureApp(app: NestExpressApplication, settings: Settings, logger: Logger): NestExpressApplication {
  const clock = app.get(Clock);
  const origins = app.get(Origins);
  app.disable('x-powered-by');
  // Clients do not cache timers, and hashing every reply costs a tenth of a request (docs/architecture.md#versions).
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

/** Handshakes bypass the router, so a request that reaches it at a socket's path does not ask for an upgrade. */
function upgradeRequired(sockets: SocketServer) {
  return ({ path }: Request, _: Response, next: NextFunction): void => {
    next(sockets.hasEndpointAt(path) ? new UpgradeRequiredError() : undefined);
  };
}

/** The API of a route, for the metrics. */
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
 * Security headers of every reply: no content-type sniffing, and HSTS if the server is reached by https. Pages add
 * their own (src/web); JSON does not need the other usual headers.
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

/**
 * CORS options (docs/spec/v1.md#41-cors). Requested headers are echoed, because a literal `*` does not cover
 * Authorization.
 */
function corsOptions(isAllowed: boolean): CorsOptions {
  return {
    origin: isAllowed,
    methods: 'GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS',
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  };
}
