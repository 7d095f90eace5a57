import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import type { Request } from 'express';

import { Failure } from '../../common/errors.js';
import { networkOf } from '../../rate-limits/network.js';
import { LegacyTokens } from './legacy-tokens.js';
import { tokenOfHeader } from './token-text.js';

/** The legacy token is missing, malformed, unknown or revoked (docs/spec/legacy.md#tokens: 401). */
export class InvalidTokenError extends Failure {
  readonly code = 'INVALID_TOKEN';

  constructor() {
    super('Invalid token.');
  }
}

/** A request, and once its token was looked at whose it is. */
export interface LegacyRequest extends Request {
  legacyUserId?: string;
}

/** Lets in who sends `Authorization: Token <40 hex>` with a living token. @throws InvalidTokenError for everybody else */
@Injectable()
export class LegacyTokenGuard implements CanActivate {
  constructor(private readonly tokens: LegacyTokens) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<LegacyRequest>();
    const token = tokenOfHeader(request.headers.authorization);
    const identity = token === undefined ? undefined : await this.tokens.identify(token, networkOf(request.ip));
    if (!identity) throw new InvalidTokenError();
    request.legacyUserId = identity.userId;
    return true;
  }
}

/** This call needs a legacy token. */
export const LegacyAuthenticated = () => UseGuards(LegacyTokenGuard);

/** The id of the person whose legacy token came with the call; only on {@link LegacyAuthenticated} handlers. */
export const LegacyUserId = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { legacyUserId } = context.switchToHttp().getRequest<LegacyRequest>();
  if (legacyUserId === undefined) throw new InvalidTokenError();
  return legacyUserId;
});
