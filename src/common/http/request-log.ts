import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';

import { newRequestId } from '../logging/logger.js';

const REQUEST_ID = /^[\w.:-]{1,64}$/;

interface RequestLogOptions {
  readonly logger: Logger;
  /** The timers' clock, milliseconds: what `X-Server-Time` tells (realtime.md). */
  readonly now: () => number;
}

/**
 * Gives every request an id, every answer `X-Request-Id` and `X-Server-Time`, and the log a line: the route's pattern,
 * never the path or query as sent, and of the headers only these two, since tokens travel in all the others (design.md).
 */
export function requestLog({ logger, now }: RequestLogOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    const sent = request.get('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(sent) ? sent : newRequestId();
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Server-Time', Math.floor(now()));
    response.on('close', () => {
      logger.info({
        msg: response.writableFinished ? 'request' : 'request aborted',
        requestId,
        method: request.method,
        route: routePattern(request),
        status: response.statusCode,
        ms: Math.round((performance.now() - started) * 10) / 10,
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
