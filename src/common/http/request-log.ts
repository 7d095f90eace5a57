import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';

import { newRequestId } from '../logging/logger.js';

const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** One answered request. */
export interface AnsweredRequest {
  readonly method: string;
  /** The pattern, null when no route has the path. */
  readonly route: string | null;
  readonly status: number;
  readonly ms: number;
}

interface RequestLogOptions {
  readonly logger: Logger;
  /** Is told of each answer: what the metrics count. */
  readonly observe?: (answered: AnsweredRequest) => void;
  /** The timers' clock, milliseconds: what `X-Server-Time` tells (docs/spec/sockets.md#both-sockets). */
  readonly now: () => number;
}

/**
 * Gives every request an id, every answer `X-Request-Id` and `X-Server-Time`, and the log a line at `debug`: the route's pattern,
 * never the path or query as sent, and of the headers only these two, since tokens travel in all the others
 * (docs/architecture.md#logs-and-secrets).
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
      // A busy server would write of nothing else; failures have a line of their own.
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
