import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';

import { newRequestId } from '../logging/logger.js';

const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** A request that has been answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route pattern; null when no route matches the path. */
  readonly route: string | null;
  readonly status: number;
  readonly ms: number;
}

interface RequestLogOptions {
  readonly logger: Logger;
  /** Called for each answered request, for the metrics. */
  readonly observe?: (answered: AnsweredRequest) => void;
  /** The timers' clock in milliseconds, for `X-Server-Time` (docs/spec/sockets.md#both-sockets). */
  readonly now: () => number;
}

/**
 * Gives every request an id, sets `X-Request-Id` and `X-Server-Time` on every reply, and logs a line at `debug`. The
 * line holds the route pattern instead of the path and query, and only the request id and the user agent of the
 * headers, because the other parts may contain tokens (docs/architecture.md#logs-and-secrets).
 */
export function requestLog({ logger, now, observe }: RequestLogOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    const sent = request.get('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(sent) ? sent : newRequestId();
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Server-Time', Math.floor(now()));
    response.on('close', () => {
      const ms = Math.round((performance.now() - started) * 10) / 10;
      const answered = { method: request.method, route: routePattern(request), status: response.statusCode, ms };
      observe?.(answered);
      // Logged at debug, because these lines would flood the log of a busy server; failures have their own lines.
      logger.debug({
        msg: response.writableFinished ? 'request' : 'request aborted',
        requestId,
        ...answered,
        userAgent: request.get('user-agent')?.slice(0, 200),
      });
    });
    next();
  };
}

function routePattern(request: Request): string | null {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : null;
}
