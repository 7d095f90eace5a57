import { createHash } from 'node:crypto';

/**
 * SHA-256 of a randomly generated secret (a token, the address of a feed), as stored in the database. A secret that a
 * person chose is a password and is hashed as one.
 */
export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();
