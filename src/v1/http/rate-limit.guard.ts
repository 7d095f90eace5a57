import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';

import { Idempotent } from '../../idempotency/idempotency.interceptor.js';
import { Authenticated, type IdentifiedRequest } from '../../identity/bearer/authenticated.js';
import { callerKey, countRequest } from '../../rate-limits/count-request.js';
import { RateLimits, type RateRule } from '../../rate-limits/rate-limits.js';
import { RATE_RULES, ruleOfMethod } from '../../rate-limits/rate-rules.js';

export { RATE_RULES };

const RULE = 'metronome:rate-rule';
/** The handler of a call without a body counts by itself. */
const BY_ITSELF = 'by-itself';

/** Counts calls by user, else by address, and refuses what is too many. @throws TooManyRequestsError */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly limits: RateLimits,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    const named = this.reflector.get<RateRule | typeof BY_ITSELF | undefined>(RULE, context.getHandler());
    if (named === BY_ITSELF) return true;
    const rule = named ?? ruleOfMethod(request.method);
    const key = callerKey(request, rule === RATE_RULES.signIn ? undefined : request.identity?.userId);
    await countRequest(this.limits, context.switchToHttp().getResponse<Response>(), rule, key);
    return true;
  }
}

export const RateLimited = (rule: RateRule | typeof BY_ITSELF) => SetMetadata(RULE, rule);
RateLimited.byItself = () => RateLimited(BY_ITSELF);

/** A call of a signed-in person: 401 comes before 429 (docs/spec/v1.md#11-requests-and-replies). */
export const SignedIn = () => applyDecorators(Authenticated(), UseGuards(RateLimitGuard), Idempotent());

/** A call that anybody may make. */
export const Public = () => UseGuards(RateLimitGuard);
