import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';

import { UUID } from '../../common/validation/uuid.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { InvalidAccessTokenError } from './invalid-access-token.js';

/** What one of our own access tokens says. */
export interface AccessClaims {
  readonly userId: string;
  /** The sign-in it belongs to: it ends with that (docs/spec/v1.md#31-own-accounts). */
  readonly sessionId: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** When the person last showed who they are, epoch seconds. */
  readonly authTime: number;
}

interface Payload {
  sub?: unknown;
  sid?: unknown;
  typ?: unknown;
  exp?: unknown;
  auth_time?: unknown;
}

const TYPE = 'access';
const ALGORITHM = 'HS256';

/** Our own access tokens: JWT, HS256 and nothing else (docs/spec/v1.md#31-own-accounts). */
@Injectable()
export class AccessTokens {
  readonly issuer: string;
  readonly lifetimeSeconds: number;

  constructor(
    private readonly jwt: JwtService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.issuer = settings.auth.jwtIssuer;
    this.lifetimeSeconds = Math.floor(settings.auth.accessTtlMs / 1_000);
  }

  sign({ userId, sessionId, authTime }: Pick<AccessClaims, 'userId' | 'sessionId' | 'authTime'>): string {
    const payload = { sub: userId, sid: sessionId, typ: TYPE, jti: randomUUID(), auth_time: authTime };
    return this.jwt.sign(payload, {
      algorithm: ALGORITHM,
      issuer: this.issuer,
      audience: this.settings.auth.jwtAudience,
      expiresIn: this.lifetimeSeconds,
    });
  }

  /** @throws InvalidAccessTokenError in the words of docs/spec/v1.md#23-others */
  verify(token: string): AccessClaims {
    const { jwtAudience: audience } = this.settings.auth;
    try {
      const payload: Payload = this.jwt.verify(token, { algorithms: [ALGORITHM], issuer: this.issuer, audience });
      return claimsOf(payload);
    } catch (error) {
      throw error instanceof InvalidAccessTokenError ? error : new InvalidAccessTokenError(reasonOf(error));
    }
  }
}

function claimsOf({ sub, sid, typ, exp, auth_time: authTime }: Payload): AccessClaims {
  if (typeof sub !== 'string' || sub === '') throw new InvalidAccessTokenError(`Token missing 'sub' claim`);
  if (typ !== TYPE || typeof sid !== 'string' || !UUID.test(sid))
    throw new InvalidAccessTokenError('Invalid token: no access token');
  if (typeof exp !== 'number') throw new InvalidAccessTokenError('Invalid token: no expiry');
  return { userId: sub, sessionId: sid, expiresAt: exp, authTime: typeof authTime === 'number' ? authTime : 0 };
}

/** The library tells its failures apart by texts. */
function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'TokenExpiredError') return 'Invalid token: expired';
  if (name === 'NotBeforeError') return 'Invalid token: not yet valid';
  if (message.startsWith('jwt audience')) return 'Invalid audience';
  if (message === 'invalid algorithm') return 'Invalid token: algorithm not allowed';
  if (message === 'invalid signature' || message === 'jwt signature is required') return 'Invalid token: bad signature';
  return 'Invalid token: malformed';
}
