import type { NextFunction, Request, Response } from 'express';

/** A caller is told 503 after this long; the contract promises 3 s. */
const PATIENCE_MS = 2_700;
const LOOK_EVERY_MS = 100;

interface DeadlineOptions {
  /** Whether it is the database that callers wait for: what takes its time for another reason is let finish. */
  readonly isHeldUp: () => boolean;
  /** Answers 503. */
  readonly answer: (request: Request, response: Response) => void;
}

const expired = new WeakSet<Response>();

/** Whether a request was answered at its deadline: what its handler still says is too late, and goes nowhere. */
export const isExpired = (response: Response): boolean => response.headersSent && expired.has(response);

/**
 * One deadline for a request, however many statements it sends: at its end the caller is told 503, whatever still hangs.
 * What was under way may have happened, as after any 503. The time that a client takes to send its body does not count.
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
