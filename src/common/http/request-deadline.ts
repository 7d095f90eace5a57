import type { NextFunction, Request, Response } from 'express';

import { AnswerDeadlines } from '../answer-deadlines.js';

interface RequestDeadlineOptions {
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
export function requestDeadline({ isHeldUp, answer }: RequestDeadlineOptions) {
  const deadlines = new AnswerDeadlines<Response>({
    isHeldUp,
    answer: (response) => {
      expired.add(response);
      answer(response.req, response);
    },
    stateOf: ({ req, headersSent }) => (!req.complete ? 'arriving' : headersSent ? 'answered' : 'waiting'),
  });
  return (_: Request, response: Response, next: NextFunction): void => {
    deadlines.begin(response);
    response.on('close', () => {
      deadlines.end(response);
    });
    next();
  };
}
