import { randomBytes } from 'node:crypto';

import { hashOfSecret } from '../../common/secret-hash.js';

const TOKEN = /^[0-9a-f]{40}$/;

/** A new token: 40 lower-case hex characters (docs/spec/legacy.md#tokens). */
export const newToken = (): string => randomBytes(20).toString('hex');

export const isToken = (text: string): boolean => TOKEN.test(text);

/** The form in which a token is stored. */
export const hashToken = hashOfSecret;

/**
 * The token of an `Authorization` header: the scheme `Token` in any case and exactly one token part.
 * @returns undefined for a missing header, another scheme and what is no token (`Token null`)
 */
export function tokenOfHeader(header: string | undefined): string | undefined {
  const [scheme, token, ...more] = (header ?? '').trim().split(/[ \t]+/);
  if (scheme?.toLowerCase() !== 'token' || token === undefined || more.length > 0) return undefined;
  return isToken(token) ? token : undefined;
}
