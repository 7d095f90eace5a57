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

import { TooManyRequestsError } from '../../common/errors.js';
import { Authenticated, type IdentifiedRequest } from '../../identity/bearer/authenticated.js';
import { rateLimitHeaders, type RateRule, RateLimits } from '../../rate-limits/rate-limits.js';

const WINDOW = { windowSeconds: 60 };

/** The rules of v1.md 4.2; the first that fits a call alone counts. */
export const RATE_RULES = {
  /** Sign-up, login, passwords and mailed codes, of one address. */
  signIn: { name: 'v1-sign-in', points: 100, ...WINDOW },
  /** The same, of one address and e-mail. */
  signInWithEmail: { name: 'v1-sign-in-email', points: 10, ...WINDOW },
  refresh: { name: 'v1-refresh', points: 30, ...WINDOW },
  friendRequests: { name: 'v1-friend-requests', points: 20, ...WINDOW },
  writes: { name: 'v1-writes', points: 120, ...WINDOW },
  reads: { name: 'v1-reads', points: 600, ...WINDOW },
} as const satisfies Record<string, RateRule>;

const RULE = 'metronome:rate-rule';
/** The handler counts by itself: by an e-mail, or a family of tokens, that only the body tells. */
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
    const rule =
      named ?? (request.method === 'GET' || request.method === 'HEAD' ? RATE_RULES.reads : RATE_RULES.writes);
    const user = rule === RATE_RULES.signIn ? undefined : request.identity?.userId;
    const key = user === undefined ? `address:${request.ip ?? ''}` : `user:${user}`;
    await countRequest(this.limits, context.switchToHttp().getResponse<Response>(), rule, key);
    return true;
  }
}

/** Counts one request and puts where its caller stands into the answer's headers. @throws TooManyRequestsError */
export async function countRequest(limits: RateLimits, response: Response, rule: RateRule, key: string): Promise<void> {
  const counted = await limits.count(rule, key);
  if (counted === undefined) return;
  response.set(rateLimitHeaders(counted));
  if (counted.exceeded) throw new TooManyRequestsError(counted.retryAfterSeconds);
}

export const RateLimited = (rule: RateRule | typeof BY_ITSELF) => SetMetadata(RULE, rule);
RateLimited.byItself = () => RateLimited(BY_ITSELF);

/** A call of a signed-in person: 401 comes before 429 (v1.md 1.1). */
export const SignedIn = () => applyDecorators(Authenticated(), UseGuards(RateLimitGuard));

/** A call that anybody may make. */
export const Public = () => UseGuards(RateLimitGuard);
