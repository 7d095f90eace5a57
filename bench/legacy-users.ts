import { createHash } from 'node:crypto';

/** A user with a legacy token. */
export interface LegacyUser {
  readonly userId: string;
  /** 40 lower-case hex characters. */
  readonly token: string;
}

/** The same users in every run. */
export function legacyUsers(count: number): LegacyUser[] {
  return Array.from({ length: count }, (_, index) => ({
    userId: `bench-${index}`,
    token: createHash('sha1').update(`token ${index}`).digest('hex'),
  }));
}
