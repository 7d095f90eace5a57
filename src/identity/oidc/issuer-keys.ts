import { Logger } from '@nestjs/common';
import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';

import { Failure } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { AuthenticationUnavailableError } from '../access-tokens/authentication-unavailable.js';
import { Allowance } from './allowance.js';

/** docs/spec/v1.md#32-openid-connect. */
const KEPT_FOR_MS = 3_600_000;
/** Discovery and keys together, so that a request is answered within 3 s. */
const FETCHED_WITHIN_MS = 2_000;
/** How long an issuer that failed is left alone, so that it is not asked once per request. */
const LEFT_ALONE_FOR_MS = 1_000;
/** Anybody can name keys nobody has: a rotation is noticed at once, a flood of such names costs this and no more. */
const REFETCHES_AT_ONCE = 5;
const REFETCH_EVERY_MS = 5_000;

type KeyLookup = ReturnType<typeof createLocalJWKSet>;

/** Where an issuer's keys are found. */
export interface IssuerLocation {
  /** Of the OpenID Connect discovery document. */
  readonly discoveryUrl: string;
  /** What that document must call itself; undefined when the operator vouches for the document's address. */
  readonly expectedIssuer?: string | undefined;
}

/** The issuer answered, but not with what it should; the message is for the operator's log. */
class UnusableIssuerError extends Failure {
  readonly code = 'UNUSABLE_ISSUER';
}

/**
 * The public keys of an outside issuer: found by discovery, kept for an hour, fetched again when a token names a key
 * that is not among them. Whoever needs them during a fetch waits for that fetch.
 */
export class IssuerKeys {
  private readonly logger = new Logger(IssuerKeys.name);
  private readonly refetches = new Allowance(REFETCHES_AT_ONCE, REFETCH_EVERY_MS);
  private keys: KeyLookup | undefined;
  private fetchedAt = -Infinity;
  private failedAt: number | undefined;
  private fetching: Promise<KeyLookup> | undefined;

  constructor(private readonly location: IssuerLocation) {}

  /**
   * The key a token was signed with, as `jwtVerify` asks for it.
   * @throws AuthenticationUnavailableError when the keys cannot be fetched
   * @throws errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys
   */
  readonly find = async (header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> => {
    const keys = await this.current();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const newer = await this.newerThan(keys);
      return newer(header, token);
    }
  };

  private current(): KeyLookup | Promise<KeyLookup> {
    const age = Date.now() - this.fetchedAt;
    return this.keys !== undefined && age < KEPT_FOR_MS ? this.keys : this.fetch();
  }

  /** The same keys again when there are no newer ones and the issuer was asked often enough. */
  private newerThan(keys: KeyLookup): KeyLookup | Promise<KeyLookup> {
    if (this.keys !== undefined && this.keys !== keys) return this.keys;
    if (this.fetching !== undefined || this.isLeftAlone || this.refetches.take()) return this.fetch();
    if (this.failedAt !== undefined) throw new AuthenticationUnavailableError();
    return keys;
  }

  private fetch(): Promise<KeyLookup> {
    if (this.isLeftAlone) throw new AuthenticationUnavailableError();
    this.fetching ??= this.load().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private get isLeftAlone(): boolean {
    return this.failedAt !== undefined && Date.now() - this.failedAt < LEFT_ALONE_FOR_MS;
  }

  private async load(): Promise<KeyLookup> {
    try {
      this.keys = await download(this.location, AbortSignal.timeout(FETCHED_WITHIN_MS));
      this.fetchedAt = Date.now();
      this.failedAt = undefined;
      return this.keys;
    } catch (error) {
      this.failedAt = Date.now();
      this.logger.warn({ msg: 'the keys of the OIDC issuer cannot be fetched', ...describeError(error) });
      throw new AuthenticationUnavailableError();
    }
  }
}

async function download({ discoveryUrl, expectedIssuer }: IssuerLocation, signal: AbortSignal): Promise<KeyLookup> {
  const { issuer, jwks_uri: jwksUri } = await getObject(discoveryUrl, signal);
  if (expectedIssuer !== undefined && !isSameIssuer(issuer, expectedIssuer)) {
    throw new UnusableIssuerError('the discovery document is of another issuer than OIDC_ISSUER_URL');
  }
  if (typeof jwksUri !== 'string') throw new UnusableIssuerError('the discovery document names no jwks_uri');
  return createLocalJWKSet((await getObject(jwksUri, signal)) as unknown as JSONWebKeySet);
}

async function getObject(url: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const response = await request(url, signal).catch((error: unknown) => {
    throw new UnusableIssuerError(`no answer from ${url}: ${networkCode(error)}`);
  });
  if (!response.ok) throw new UnusableIssuerError(`${url} answered ${response.status}`);
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null) throw new UnusableIssuerError(`${url} is no JSON object`);
  return body as Record<string, unknown>;
}

/** Twice, because a kept connection that the issuer closes at this moment fails although the issuer is there. */
async function request(url: string, signal: AbortSignal): Promise<Response> {
  const options = { signal, headers: { Accept: 'application/json' } };
  try {
    return await fetch(url, options);
  } catch (error) {
    if (signal.aborted) throw error;
    return fetch(url, options);
  }
}

/** `ECONNREFUSED`, `TimeoutError`: what an operator looks for. */
function networkCode(error: unknown): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  const code = cause?.code ?? name;
  return typeof code === 'string' ? code : 'unknown';
}

/**
 * Equal, but for a slash at the end: settings drop it, and issuers that have one (`https://tenant.auth0.com/`) put it
 * into their tokens.
 */
export function isSameIssuer(issuer: unknown, configured: string): boolean {
  return issuer === configured || issuer === `${configured}/`;
}
