import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import type { Response } from 'express';

import { Idempotent } from '../idempotency/idempotency.interceptor.js';
import { LegacyAuthenticated, type LegacyRequest } from '../identity/legacy-tokens/legacy-token.guard.js';
import { callerKey, countRequest } from '../rate-limits/count-request.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { RATE_RULES, ruleOfMethod } from '../rate-limits/rate-rules.js';

/**
 * Counts calls with a token by user, and other calls as sign-ins by address (docs/spec/v1.md#42-rate-limits).
 * @throws TooManyRequestsError above the limit
 */
@Injectable()
export class LegacyRateLimitGuard implements CanActivate {
  constructor(private readonly limits: RateLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<LegacyRequest>();
    const { legacyUserId: userId, method } = request;
    const rule = userId === undefined ? RATE_RULES.signIn : ruleOfMethod(method);
    await countRequest(this.limits, http.getResponse<Response>(), rule, callerKey(request, userId));
    return true;
  }
}

/** A call that requires a legacy token; 401 comes before 429 (docs/spec/legacy.md#order-of-checks). */
export const LegacyCall = () => applyDecorators(LegacyAuthenticated(), UseGuards(LegacyRateLimitGuard), Idempotent());

/** A sign-in call; it ignores `Authorization`. */
export const LegacySignIn = () => UseGuards(LegacyRateLimitGuard);
