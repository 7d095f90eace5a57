import { Injectable } from '@nestjs/common';

import { TooManyRequestsError } from '../common/errors.js';
import { RateLimits } from './rate-limits.js';
import { RATE_RULES } from './rate-rules.js';

/**
 * Credentials that opened nothing, counted by the address that showed them, since they belong to no user who could be
 * counted. With too many of them, only credentials that need no look-up are taken from there until the minute is over.
 */
@Injectable()
export class FailedAuthentications {
  constructor(private readonly limits: RateLimits) {}

  /**
   * Call it before the database is asked whose credentials these are.
   * @param address as `networkOf` gives it; undefined is not counted
   * @throws TooManyRequestsError
   */
  async admit(address: string | undefined): Promise<void> {
    if (address === undefined) return;
    const standing = await this.limits.look(RATE_RULES.failedAuthentications, address);
    if (standing?.exceeded) throw new TooManyRequestsError(standing.retryAfterSeconds);
  }

  /** They opened nothing. */
  async note(address: string | undefined): Promise<void> {
    if (address !== undefined) await this.limits.count(RATE_RULES.failedAuthentications, address);
  }
}
