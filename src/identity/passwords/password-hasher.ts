import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';

import { Turns } from './turns.js';

/** v1.md 3.1; argon2id is the library's own default. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Well-formed, with the same cost as any other, and nobody knows a password for it. */
const NOBODYS_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Passwords in argon2id. A hash takes 19 MiB and a core for some 30 ms, so only a few are computed at once. */
@Injectable()
export class PasswordHasher {
  private readonly turns = new Turns(4, 64);

  /**
   * @param address who asks, as `networkOf` gives it: one address's flood makes no other wait
   * @returns the PHC string; @throws ServiceUnavailableError when too many are waiting
   */
  hash(password: string, address?: string): Promise<string> {
    return this.turns.take(() => hash(normalizePassword(password), PARAMETERS), address);
  }

  /**
   * Whether this is the password. Without a hash the answer is no, after just as long: the time must not tell who has an account.
   * @throws ServiceUnavailableError when too many are waiting
   */
  async verify(passwordHash: string | null, password: string, address?: string): Promise<boolean> {
    const known = passwordHash ?? NOBODYS_HASH;
    const spellings = new Set([normalizePassword(password), password]);
    const right = await this.turns.take(async () => {
      // Hashes of before passwords were normalised are of what was sent then.
      for (const spelling of spellings) if (await verify(known, spelling)) return true;
      return false;
    }, address);
    return right && passwordHash !== null;
  }
}

/** The spelling that is hashed: an `é` of one keyboard and of another are the same letter (NFKC, v1.md 3.1). */
export const normalizePassword = (password: string): string => password.normalize('NFKC');
