import type { Request, Response } from 'express';

import { TooManyRequestsError } from '../common/errors.js';
import { networkOf } from './network.js';
import { rateLimitHeaders, type RateLimits, type RateRule } from './rate-limits.js';

/** Counts one request and puts where its caller stands into the answer's headers. @throws TooManyRequestsError */
export async function countRequest(limits: RateLimits, response: Response, rule: RateRule, key: string): Promise<void> {
  const counted = await limits.count(rule, key);
  if (counted === undefined) return;
  response.set(rateLimitHeaders(counted));
  if (counted.exceeded) throw new TooManyRequestsError(counted.retryAfterSeconds);
}

/** Per user, else per address (docs/spec/v1.md#42-rate-limits). */
export const callerKey = (request: Request, userId?: string): string =>
  userId === undefined ? `address:${networkOf(request.ip)}` : `user:${userId}`;

/** Per address and e-mail, in whatever spelling (docs/spec/v1.md#42-rate-limits). */
export const emailKey = (request: Request, email: string): string =>
  `${networkOf(request.ip)} ${email.trim().toLowerCase()}`;
