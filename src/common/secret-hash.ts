import { createHash } from 'node:crypto';

/**
 * SHA-256 of a secret that was drawn at random (a token, a feed's address): the form in which the database keeps it. A
 * secret that a person chose is a password, and hashed as one.
 */
export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();
