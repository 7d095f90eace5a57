import type { JWTPayload } from 'jose';

import { normalizeEmail } from '../users/email-address.js';

/** Who an outside issuer says the bearer of a token is (docs/spec/v1.md#32-openid-connect). */
export interface OidcIdentity extends OidcProfile {
  readonly issuer: string;
  /** The claim `sub`: whose it is only together with `issuer`. */
  readonly subject: string;
  /** Unix seconds; what an older token says of a person does not replace what a newer one said. */
  readonly issuedAt: number;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** When the person last signed in at the issuer, in Unix seconds: the claim `auth_time`, else `iat`. */
  readonly authTime: number;
}

/** What the claims say of a person, besides who it is. */
export interface OidcProfile {
  /** Normalised; null unless the issuer verified it. */
  readonly email: string | null;
  /** Whether `email` is there. */
  readonly emailVerified: boolean;
  /** At most 255 characters, never an e-mail address: friends see it (docs/spec/v1.md#9-usersme). */
  readonly displayName: string | null;
  /** http or https, at most 2,048 characters (docs/spec/v1.md#9-usersme). */
  readonly avatarUrl: string | null;
}

const MAX_NAME_CHARACTERS = 255;
const MAX_URL_CHARACTERS = 2_048;
/** PostgreSQL stores no U+0000, and every lone surrogate as the same replacement character. */
const NOT_STORABLE = /[\0\p{Surrogate}]/u;

/** Whether a text comes back from the database as it went in. */
export const isStorable = (text: string): boolean => !NOT_STORABLE.test(text);

/** @param trustUserMetadata `OIDC_TRUST_USER_METADATA`: believe `user_metadata` about `email_verified` as well */
export function profileOf(claims: JWTPayload, trustUserMetadata: boolean): OidcProfile {
  const metadata = objectOf(claims['user_metadata']);
  const verified = claims['email_verified'] ?? (trustUserMetadata ? metadata['email_verified'] : undefined);
  const email = verified === true || verified === 'true' ? emailOf(claims['email']) : null;
  return {
    email,
    emailVerified: email !== null,
    displayName: firstName(claims['name'], metadata['name'], metadata['full_name'], claims['preferred_username']),
    avatarUrl: webAddress(claims['picture']),
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const emailOf = (value: unknown): string | null => (typeof value === 'string' ? (normalizeEmail(value) ?? null) : null);

/** Several issuers put the address into `name` or `preferred_username` when they know nothing better. */
function firstName(...candidates: unknown[]): string | null {
  for (const candidate of candidates) {
    const name = typeof candidate === 'string' ? candidate.trim() : '';
    if (name !== '' && isStorable(name) && normalizeEmail(name) === undefined) {
      return Array.from(name).slice(0, MAX_NAME_CHARACTERS).join('');
    }
  }
  return null;
}

function webAddress(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_URL_CHARACTERS || !isStorable(value)) return null;
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : null;
}
