import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { callerKey, countRequest, emailKey } from '../../rate-limits/count-request.js';
import { RateLimits, type RateRule } from '../../rate-limits/rate-limits.js';
import { RATE_RULES } from '../../rate-limits/rate-rules.js';

/**
 * Counts beside the guard's count of the address (docs/spec/v1.md#42-rate-limits). @throws TooManyRequestsError from
 * each method
 */
@Injectable()
export class AuthLimits {
  constructor(private readonly limits: RateLimits) {}

  /** The address together with the e-mail that the call is about. */
  countEmail(response: Response, email: string): Promise<void> {
    return this.count(response, RATE_RULES.signInWithEmail, emailKey(response.req, email));
  }

  /** The signed-in person, from any address. */
  countPerson(response: Response, userId: string): Promise<void> {
    return this.count(response, RATE_RULES.signInWithEmail, callerKey(response.req, userId));
  }

  count(response: Response, rule: RateRule, key: string): Promise<void> {
    return countRequest(this.limits, response, rule, key);
  }
}
