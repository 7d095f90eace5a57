import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import type { Request } from 'express';

import { Failure } from '../../common/errors.js';
import { Origins } from '../../common/http/origins.js';
import { networkOf } from '../../rate-limits/network.js';
import { InvalidAccessTokenError } from '../access-tokens/invalid-access-token.js';
import { BearerIdentities } from './bearer-identities.js';
import type { Identity } from './identity.js';
import { OpenMode } from './open-mode.js';

/** A page of another site may not drive an open server (docs/spec/v1.md#33-development). */
export class ForeignOriginError extends Failure {
  readonly code = 'FOREIGN_ORIGIN';

  constructor() {
    super('Origin not allowed');
  }
}

export type IdentifiedRequest = Request & { identity?: Identity };

/** The token of `Authorization: Bearer …`; undefined for a missing header and for other schemes. */
export function bearerTokenOf(header: string | undefined): string | undefined {
  const match = /^bearer +(\S+)$/i.exec((header ?? '').trim());
  return match?.[1];
}

/** No header, or one as clients send it that have an empty token: `Bearer` with nothing behind it. */
const showsNoToken = (header: string | undefined): boolean =>
  header === undefined || /^(bearer)?$/i.test(header.trim());

/** Lets in who shows a valid bearer token. @throws InvalidAccessTokenError for everybody else */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly identities: BearerIdentities,
    private readonly openMode: OpenMode,
    private readonly origins: Origins,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    request.identity = await this.identify(request);
    return true;
  }

  /** Who sent a request. @throws InvalidAccessTokenError, ForeignOriginError, TooManyRequestsError, and what BearerIdentities throws */
  async identify(request: Request): Promise<Identity> {
    const { authorization } = request.headers;
    if (this.openMode.enabled && showsNoToken(authorization)) {
      this.refuseForeignPage(request);
      return this.openMode.identity;
    }
    const token = bearerTokenOf(authorization);
    if (token === undefined) throw new InvalidAccessTokenError('Authorization header missing');
    return this.identities.identify(token, networkOf(request.ip));
  }

  private refuseForeignPage(request: Request): void {
    if (this.origins.isForeign(request) || !this.origins.isOwnName(request)) throw new ForeignOriginError();
  }
}

/** This call needs a bearer token (docs/spec/v1.md#3-authentication). */
export const Authenticated = () => UseGuards(BearerGuard);

/** Who is calling; only on {@link Authenticated} handlers. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity =>
  callerOf(context.switchToHttp().getRequest()),
);

/** Who sent a request that {@link BearerGuard} let in. @throws InvalidAccessTokenError */
export function callerOf({ identity }: IdentifiedRequest): Identity {
  if (identity === undefined) throw new InvalidAccessTokenError('Authorization header missing');
  return identity;
}
