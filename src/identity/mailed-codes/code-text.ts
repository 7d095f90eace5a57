import { createHash, randomInt } from 'node:crypto';

/** Without 0 O 1 I L, which people mistake for each other when they copy a code by eye. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const LENGTH = 8;

/** What a code is for; one mailed for one thing opens no other. */
export type CodePurpose = 'legacy-sign-in' | 'email-proof' | 'password-reset';

/** A new code: 8 characters (docs/spec/legacy.md#tokens). */
export const newCode = (): string =>
  Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** What is stored of a code, upper-cased as codes are compared. */
export function hashCode(purpose: CodePurpose, email: string, code: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([purpose, email, code.trim().toUpperCase()]))
    .digest();
}
