import { Inject, Injectable } from '@nestjs/common';
import { type CryptoKey, decodeJwt, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';

import { Failure } from '../../common/errors.js';
import { type Settings, SETTINGS } from '../../config/settings.js';
import { InvalidAccessTokenError } from '../access-tokens/invalid-access-token.js';
import { isSameIssuer, IssuerKeys } from './issuer-keys.js';
import { isStorable, type OidcIdentity, profileOf } from './oidc-identity.js';

/**
 * docs/spec/v1.md#32-openid-connect: signatures only the issuer can make. HS256 with the public key for a secret is the
 * classic forgery.
 */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
/** An issuer's clock may be this far ahead of ours: a token it has just issued is not "not yet valid". */
const CLOCK_SKEW_SECONDS = 10;
/** Room for what OpenID Connect allows (255 ASCII characters) and more; the unique index takes 2,704 bytes a row. */
const MAX_SUBJECT_BYTES = 2_048;
/** How much of a foreign `iss` is told back. */
const MAX_TOLD_CHARACTERS = 255;

const REASONS: Readonly<Record<string, string>> = {
  [errors.JWTExpired.code]: 'expired',
  [errors.JOSEAlgNotAllowed.code]: 'algorithm not allowed',
  [errors.JWKSNoMatchingKey.code]: 'unknown key',
  [errors.JWSSignatureVerificationFailed.code]: 'bad signature',
};

/** Believes the tokens of the one issuer in `OIDC_ISSUER_URL`, as far as docs/spec/v1.md#32-openid-connect allows. */
@Injectable()
export class OidcVerifier {
  /** `OIDC_ISSUER_URL` without a slash at its end; undefined when no outside issuer is believed. */
  readonly issuer: string | undefined;
  private readonly keys: IssuerKeys | undefined;
  private readonly audience: string | undefined;
  private readonly trustUserMetadata: boolean;

  constructor(@Inject(SETTINGS) settings: Settings) {
    const { issuerUrl, discoveryUrl, audience, trustUserMetadata } = settings.auth.oidc;
    this.issuer = issuerUrl;
    this.audience = audience;
    this.trustUserMetadata = trustUserMetadata;
    if (discoveryUrl !== undefined) this.keys = new IssuerKeys({ discoveryUrl });
    else if (issuerUrl !== undefined) {
      this.keys = new IssuerKeys({
        discoveryUrl: `${issuerUrl}/.well-known/openid-configuration`,
        expectedIssuer: issuerUrl,
      });
    }
  }

  /** Whether a token with this claim `iss` is for {@link verify}. */
  isIssuer(issuer: unknown): boolean {
    return this.issuer !== undefined && isSameIssuer(issuer, this.issuer);
  }

  /**
   * @throws InvalidAccessTokenError with the text of docs/spec/v1.md#23-others
   * @throws AuthenticationUnavailableError when the issuer's keys cannot be fetched, after 2 s at the latest
   */
  async verify(token: string): Promise<OidcIdentity> {
    const { issuer, keys } = this.issuerOf(token);
    const now = Date.now();
    const claims = await this.verifiedClaims(token, keys, now);
    const { iat, exp } = timesOf(claims, now / 1_000);
    const authTime = claims['auth_time'];
    return {
      issuer,
      subject: subjectOf(claims),
      ...profileOf(claims, this.trustUserMetadata),
      issuedAt: iat,
      expiresAt: exp,
      authTime: typeof authTime === 'number' ? authTime : iat,
    };
  }

  /** Looked at before the signature: another issuer's token is no reason to fetch keys. */
  private issuerOf(token: string): { issuer: string; keys: IssuerKeys } {
    const iss = decoded(token).iss as unknown;
    const { issuer, keys } = this;
    if (issuer !== undefined && keys !== undefined && this.isIssuer(iss)) return { issuer, keys };
    const told = typeof iss === 'string' ? iss.slice(0, MAX_TOLD_CHARACTERS) : 'none';
    throw new InvalidAccessTokenError(`Invalid issuer: ${told}`);
  }

  private async verifiedClaims(token: string, keys: IssuerKeys, now: number): Promise<JWTPayload> {
    const options: JWTVerifyOptions = {
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(now),
      ...(this.audience === undefined ? {} : { audience: this.audience }),
    };
    try {
      return await claimsOf(token, keys, options);
    } catch (error) {
      throw error instanceof Failure ? error : new InvalidAccessTokenError(messageOf(error));
    }
  }
}

function decoded(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw new InvalidAccessTokenError('Invalid token: malformed');
  }
}

async function claimsOf(token: string, keys: IssuerKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys.find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return claimsByAny(token, error, options);
  }
}

/** Without a `kid` several keys may be meant. */
async function claimsByAny(
  token: string,
  keys: AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** The library's texts stay here: callers get ours (docs/spec/v1.md#12-easy-to-get-wrong). */
function messageOf(error: unknown): string {
  if (!(error instanceof errors.JOSEError)) return 'Invalid token: unusable key';
  if (error instanceof errors.JWTClaimValidationFailed) return messageOfClaim(error);
  return `Invalid token: ${REASONS[error.code] ?? 'malformed'}`;
}

function messageOfClaim({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'aud') return 'Invalid audience';
  return `Invalid token: ${reason === 'check_failed' ? 'not yet valid' : `${claim} missing or malformed`}`;
}

/** The tolerance is for tokens that seem too new; it does not lengthen their life. */
function timesOf({ iat = NaN, exp = NaN }: JWTPayload, now: number): { iat: number; exp: number } {
  if (exp <= now) throw new InvalidAccessTokenError('Invalid token: expired');
  if (iat > now + CLOCK_SKEW_SECONDS) throw new InvalidAccessTokenError('Invalid token: not yet valid');
  return { iat, exp };
}

function subjectOf(claims: JWTPayload): string {
  const sub = claims.sub as unknown;
  if (typeof sub !== 'string' || sub === '') throw new InvalidAccessTokenError(`Token missing 'sub' claim`);
  if (!isStorable(sub) || Buffer.byteLength(sub) > MAX_SUBJECT_BYTES) {
    throw new InvalidAccessTokenError('Invalid token: sub malformed');
  }
  return sub;
}
