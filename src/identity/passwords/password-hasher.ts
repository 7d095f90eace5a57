import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';

import { Turns } from './turns.js';

/** What argon2id, the library's own default, spends on a hash. */
export interface HashCost {
  /** KiB */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** docs/spec/v1.md#31-own-accounts */
const COST: HashCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Passwords in argon2id. A hash takes 19 MiB and a core for some 30 ms, so only a few are computed at once. */
@Injectable()
export class PasswordHasher {
  protected readonly cost: HashCost = COST;
  private readonly turns = new Turns(4, 64);

  /**
   * @param address who asks, as `networkOf` gives it: one address's flood makes no other wait
   * @returns the PHC string; @throws ServiceUnavailableError when too many are waiting
   */
  hash(password: string, address?: string): Promise<string> {
    return this.turns.take(() => hash(normalizePassword(password), this.cost), address);
  }

  /**
   * Whether this is the password. Without a hash the answer is no, after just as long: the time must not tell who has an account.
   * @throws ServiceUnavailableError when too many are waiting
   */
  async verify(passwordHash: string | null, password: string, address?: string): Promise<boolean> {
    const known = passwordHash ?? unknownHash(this.cost);
    const spellings = new Set([normalizePassword(password), password]);
    const right = await this.turns.take(async () => {
      // Hashes of before passwords were normalised are of what was sent then.
      for (const spelling of spellings) if (await verify(known, spelling)) return true;
      return false;
    }, address);
    return right && passwordHash !== null;
  }
}

/** A well-formed hash that no password is known for, as expensive to verify as any other. */
const unknownHash = ({ memoryCost, timeCost, parallelism }: HashCost): string =>
  `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * The spelling that is hashed: an `é` of one keyboard and of another are the same letter (NFKC,
 * docs/spec/v1.md#31-own-accounts).
 */
export const normalizePassword = (password: string): string => password.normalize('NFKC');
