import type { NextFunction, Request, Response } from 'express';

/** Milliseconds until the 503 reply; the contract promises 3 s. */
const PATIENCE_MS = 2_700;
const LOOK_EVERY_MS = 100;

interface DeadlineOptions {
  /** Whether callers wait for the database. Requests that are slow for another reason may finish. */
  readonly isHeldUp: () => boolean;
  /** Sends the 503 reply. */
  readonly answer: (request: Request, response: Response) => void;
}

const expired = new WeakSet<Response>();

/** Whether a request was answered at its deadline; the later reply of its handler is discarded. */
export const isExpired = (response: Response): boolean => response.headersSent && expired.has(response);

/**
 * Sets one deadline for a request, regardless of the number of its statements. At the deadline the caller gets 503,
 * even if a statement still hangs. As with any 503, the work in flight may have been executed. The time that a client
 * takes to send its body does not count.
 */
export function requestDeadline(options: DeadlineOptions) {
  const waiting = new Map<Response, { readonly request: Request; since: number }>();
  let looking = false;
  const look = () => {
    const now = performance.now();
    for (const [response, entry] of waiting) {
      if (now - entry.since < PATIENCE_MS) continue;
      if (!entry.request.complete) entry.since = now;
      else if (response.headersSent) waiting.delete(response);
      else if (options.isHeldUp()) expire(entry.request, response);
    }
    looking = waiting.size > 0;
    if (looking) setTimeout(look, LOOK_EVERY_MS).unref();
  };
  const expire = (request: Request, response: Response) => {
    waiting.delete(response);
    expired.add(response);
    options.answer(request, response);
  };
  return (request: Request, response: Response, next: NextFunction): void => {
    waiting.set(response, { request, since: performance.now() });
    response.on('close', () => waiting.delete(response));
    if (!looking) setTimeout(look, LOOK_EVERY_MS).unref();
    looking = true;
    next();
  };
}
