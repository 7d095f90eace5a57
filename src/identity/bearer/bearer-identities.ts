import { Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { LRUCache } from 'lru-cache';

import { toServiceUnavailable } from '../../database/database-errors.js';
import type { Signal } from '../../signals/signal.js';
import { SignalFollower } from '../../signals/signal-follower.js';
import { FailedAuthentications } from '../../rate-limits/failed-authentications.js';
import { Signals } from '../../signals/signals.js';
import { AccessTokens } from '../access-tokens/access-tokens.js';
import { InvalidAccessTokenError } from '../access-tokens/invalid-access-token.js';
import { OidcUsers } from '../oidc/oidc-users.js';
import { OidcVerifier } from '../oidc/oidc-verifier.js';
import { Sessions, SESSIONS_ENDED } from '../sessions/sessions.js';
import { deletedUserHash, type Identity, USER_DELETED } from './identity.js';

const CACHED = 20_000;
/** Longer than any token we take; what is longer is not even decoded. */
const MAX_TOKEN_LENGTH = 16_384;

/**
 * Who a bearer token is. A verified token is believed until it ends, its session ends or its account goes: the signals
 * say so, here at once and from other instances within a second or two (docs/spec/v1.md#31-own-accounts).
 */
@Injectable()
export class BearerIdentities {
  private readonly known = new LRUCache<string, Identity>({ max: CACHED });
  /** Counts the ends: a look-up that one of them overtakes is not remembered. */
  private ends = 0;

  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly sessions: Sessions,
    private readonly oidc: OidcVerifier,
    private readonly oidcUsers: OidcUsers,
    private readonly follower: SignalFollower,
    private readonly failed: FailedAuthentications,
    signals: Signals,
  ) {
    signals.subscribe((signal) => {
      this.forget(signal);
    });
    signals.onDistrust(() => {
      this.ends += 1;
      this.known.clear();
    });
  }

  /**
   * @param address where the token was shown, as `networkOf` gives it: what opens nothing counts for it
   * @throws TooManyRequestsError, InvalidAccessTokenError, AuthenticationUnavailableError when an outside issuer cannot be asked,
   * ServiceUnavailableError when the database cannot
   */
  async identify(token: string, address?: string): Promise<Identity> {
    const known = this.known.get(token);
    if (known !== undefined && known.expiresAt > Date.now() / 1_000 && this.follower.isCurrent) return known;
    await this.failed.admit(address);
    const ends = this.ends;
    const identity = await this.verify(token).catch(async (error: unknown) => {
      if (error instanceof InvalidAccessTokenError) await this.failed.note(address);
      throw toServiceUnavailable(error);
    });
    if (ends === this.ends) this.known.set(token, identity);
    return identity;
  }

  private verify(token: string): Promise<Identity> {
    const issuer = issuerOf(token);
    if (issuer === this.accessTokens.issuer) return this.verifyOwn(token);
    if (this.oidc.isIssuer(issuer)) return this.verifyOutside(token);
    throw new InvalidAccessTokenError(`Invalid issuer: ${issuer?.slice(0, 200) ?? 'none'}`);
  }

  private async verifyOwn(token: string): Promise<Identity> {
    const { userId, sessionId, expiresAt, authTime } = this.accessTokens.verify(token);
    if (!(await this.sessions.isOpen(sessionId, userId))) throw new InvalidAccessTokenError('Invalid token: revoked');
    return { userId, sessionId, expiresAt, authTime };
  }

  private async verifyOutside(token: string): Promise<Identity> {
    const claims = await this.oidc.verify(token);
    const { userId } = await this.oidcUsers.userOf(claims);
    return { userId, sessionId: null, expiresAt: claims.expiresAt, authTime: claims.authTime };
  }

  private forget({ kind, body }: Signal): void {
    if (kind !== SESSIONS_ENDED && kind !== USER_DELETED) return;
    this.ends += 1;
    const sessionIds = new Set(kind === SESSIONS_ENDED ? body.session_ids : []);
    for (const [token, { userId, sessionId }] of this.known.entries()) {
      const ended =
        kind === USER_DELETED ? deletedUserHash(userId) === body.user_hash : sessionIds.has(sessionId ?? '');
      if (ended) this.known.delete(token);
    }
  }
}

/** What a token says of its issuer, believed by nobody yet; undefined for what is no text. */
function issuerOf(token: string): string | undefined {
  try {
    if (token.length > MAX_TOKEN_LENGTH) throw new Error('too long');
    const issuer: unknown = decodeJwt(token).iss;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    throw new InvalidAccessTokenError('Invalid token: malformed');
  }
}
