import { createHash, randomBytes } from 'node:crypto';

const TOKEN = /^[0-9a-f]{40}$/;

/** A new token: 40 lower-case hex characters (legacy.md, "Tokens"). */
export const newToken = (): string => randomBytes(20).toString('hex');

export const isToken = (text: string): boolean => TOKEN.test(text);

/** What is stored of a token. Tokens are random, so a plain SHA-256 cannot be guessed back. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * The token of an `Authorization` header: the scheme `Token` in any case and exactly one token part.
 * @returns undefined for a missing header, another scheme and what is no token (`Token null`)
 */
export function tokenOfHeader(header: string | undefined): string | undefined {
  const [scheme, token, ...more] = (header ?? '').trim().split(/[ \t]+/);
  if (scheme?.toLowerCase() !== 'token' || token === undefined || more.length > 0) return undefined;
  return isToken(token) ? token : undefined;
}
