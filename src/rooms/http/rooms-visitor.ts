import { createParamDecorator, type ExecutionContext, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { bearerTokenOf } from '../../identity/bearer/authenticated.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { networkOf } from '../../rate-limits/network.js';
import { RoomsCalls } from './rooms-calls.js';

type VisitedRequest = Request & { visitor?: Identity | null; network?: string };

/**
 * Counts every request to the rooms API, unknown routes included, and sets the rate limit headers. Identifies the
 * caller: an invalid Authorization header is refused, and not silently treated as a guest's
 * (docs/spec/rooms.md#who-is-who).
 */
@Injectable()
export class RoomsVisitorMiddleware implements NestMiddleware {
  constructor(
    private readonly calls: RoomsCalls,
    private readonly identities: BearerIdentities,
  ) {}

  /** Passes errors to `next`, because the path that selects the error envelope is complete again only there. */
  async use(request: VisitedRequest, response: Response, next: NextFunction): Promise<void> {
    // The health check is not counted (docs/spec/rooms.md#limits).
    const isFree = /^\/api\/v1\/health\/?$/.test(request.originalUrl.split('?')[0] ?? '');
    const refusal = isFree ? undefined : await this.visit(request, response).catch((error: unknown) => error);
    next(refusal);
  }

  /** Counts a caller who cannot be identified by address, before the refusal. */
  private async visit(request: VisitedRequest, response: Response): Promise<void> {
    request.network = networkOf(request.ip);
    const byAddress = `address:${request.network}`;
    const visitor = await this.identify(request, networkOf(request.ip)).catch(async (error: unknown) => {
      await this.calls.count(byAddress, response);
      throw error;
    });
    await this.calls.count(visitor === null ? byAddress : `user:${visitor.userId}`, response);
    request.visitor = visitor;
  }

  private async identify({ headers: { authorization } }: Request, address: string): Promise<Identity | null> {
    if (authorization === undefined) return null;
    const token = bearerTokenOf(authorization);
    if (token === undefined) throw new InvalidAccessTokenError('Invalid token');
    return this.identities.identify(token, address);
  }
}

/** A caller of a room, with all proofs of being its host or a participant. */
export interface RoomCaller {
  /** Null without an account. */
  readonly identity: Identity | null;
  /** `X-Host-Token` */
  readonly token: string | undefined;
  /** `X-Participant-Token` */
  readonly participantToken: string | undefined;
  readonly request: Request;
}

/** The {@link RoomCaller} of this request (docs/spec/rooms.md#who-is-who). */
export const HostProofs = createParamDecorator((_: unknown, context: ExecutionContext): RoomCaller => {
  const request = context.switchToHttp().getRequest<VisitedRequest>();
  return {
    identity: request.visitor ?? null,
    token: request.get('x-host-token'),
    participantToken: request.get('x-participant-token'),
    request,
  };
});
