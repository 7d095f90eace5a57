import { PasswordHasher } from '../../src/identity/passwords/password-hasher.js';

/** Hashes at the lowest cost that argon2 knows: a real hash takes 30 ms, and the suites sign up more than a thousand people. */
export class QuickPasswordHasher extends PasswordHasher {
  protected override readonly cost = { memoryCost: 8, timeCost: 1, parallelism: 1 };
}
