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
 * Counts every request to the rooms' API, unknown routes too, and says where its client stands; then finds out who it is:
 * an Authorization header that does not verify is refused, nobody is silently made a guest (docs/spec/rooms.md#who-is-who).
 */
@Injectable()
export class RoomsVisitorMiddleware implements NestMiddleware {
  constructor(
    private readonly calls: RoomsCalls,
    private readonly identities: BearerIdentities,
  ) {}

  /** What is refused is handed on, since the path that the error's envelope is chosen by is whole again only there. */
  async use(request: VisitedRequest, response: Response, next: NextFunction): Promise<void> {
    // Health is free (docs/spec/rooms.md#limits).
    const isFree = /^\/api\/v1\/health\/?$/.test(request.originalUrl.split('?')[0] ?? '');
    const refusal = isFree ? undefined : await this.visit(request, response).catch((error: unknown) => error);
    next(refusal);
  }

  /** Who cannot be told is counted by their address before they are refused. */
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

/** A caller of a room, with everything they show to prove that they are its host or a participant. */
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
