import { createParamDecorator, type ExecutionContext, Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

import { TooManyRequestsError } from '../../common/errors.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { bearerTokenOf } from '../../identity/bearer/authenticated.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { networkOf } from '../../rate-limits/network.js';
import { rateLimitHeaders, type RateRule, RateLimits } from '../../rate-limits/rate-limits.js';

type VisitedRequest = Request & { visitor?: Identity | null };

/**
 * Counts every request to the rooms' API, unknown routes too, and says where its client stands; then finds out who it is:
 * an Authorization header that does not verify is refused, nobody is silently made a guest (rooms.md, "Who is who").
 */
@Injectable()
export class RoomsVisitorMiddleware implements NestMiddleware {
  private readonly rule: RateRule;

  constructor(
    private readonly limits: RateLimits,
    private readonly identities: BearerIdentities,
    @Inject(SETTINGS) { rateLimits }: Settings,
  ) {
    this.rule = { name: 'rooms', points: rateLimits.roomsMax, windowSeconds: rateLimits.roomsWindowSeconds };
  }

  /** What is refused is handed on, since the path that the error's envelope is chosen by is whole again only there. */
  async use(request: VisitedRequest, response: Response, next: NextFunction): Promise<void> {
    // Health is free (rooms.md, "Limits").
    const isFree = /^\/api\/v1\/health\/?$/.test(request.originalUrl.split('?')[0] ?? '');
    const refusal = isFree ? undefined : await this.visit(request, response).catch((error: unknown) => error);
    next(refusal);
  }

  /** Who cannot be told is counted by their address before they are refused. */
  private async visit(request: VisitedRequest, response: Response): Promise<void> {
    const byAddress = `address:${networkOf(request.ip)}`;
    const visitor = await this.identify(request).catch(async (error: unknown) => {
      await this.count(byAddress, response);
      throw error;
    });
    await this.count(visitor === null ? byAddress : `user:${visitor.userId}`, response);
    request.visitor = visitor;
  }

  private async identify({ headers: { authorization } }: Request): Promise<Identity | null> {
    if (authorization === undefined) return null;
    const token = bearerTokenOf(authorization);
    if (token === undefined) throw new InvalidAccessTokenError('Invalid token');
    return this.identities.identify(token);
  }

  private async count(key: string, response: Response): Promise<void> {
    const counted = await this.limits.count(this.rule, key);
    if (counted === undefined) return;
    response.set(rateLimitHeaders(counted));
    if (counted.exceeded) throw new TooManyRequestsError(counted.retryAfterSeconds);
  }
}

/** Who calls, null for somebody without an account. */
export const Visitor = createParamDecorator(
  (_: unknown, context: ExecutionContext): Identity | null =>
    context.switchToHttp().getRequest<VisitedRequest>().visitor ?? null,
);
