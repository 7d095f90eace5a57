import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { countRequest } from '../../rate-limits/count-request.js';
import { type RateRule, RateLimits } from '../../rate-limits/rate-limits.js';

/** Counts requests about rooms: REST calls and share pages (docs/spec/rooms.md#limits). */
@Injectable()
export class RoomsCalls {
  private readonly rule: RateRule;

  constructor(
    private readonly limits: RateLimits,
    @Inject(SETTINGS) { rateLimits }: Settings,
  ) {
    this.rule = { name: 'rooms', points: rateLimits.roomsMax, windowSeconds: rateLimits.roomsWindowSeconds };
  }

  /** Also sets the rate limit headers. @param key caller: `user:…` or `address:…`. @throws TooManyRequestsError */
  count(key: string, response: Response): Promise<void> {
    return countRequest(this.limits, response, this.rule, key);
  }
}
