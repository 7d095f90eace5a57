import { Injectable } from '@nestjs/common';

import { normalizeEmail } from '../users/email-address.js';
import { Users } from '../users/users.js';
import { PasswordHasher } from './password-hasher.js';

/** Whether a text can be a password: 8–128 characters (v1.md 3.1). */
export function isPossiblePassword(text: string): boolean {
  const length = Array.from(text).length;
  return length >= 8 && length <= 128;
}

/** Sign-in by e-mail and password. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly users: Users,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * The id of the person these open, undefined when they open nothing. Equally slow for an unknown e-mail (v1.md 3.1).
   * @throws ServiceUnavailableError when too many sign in at once
   */
  async userOf(email: string, password: string): Promise<string | undefined> {
    const known = normalizeEmail(email);
    const user = known === undefined ? null : await this.users.findByEmail(known);
    const possible = isPossiblePassword(password);
    const right = await this.hasher.verify(user?.passwordHash ?? null, possible ? password : '');
    return right && possible ? user?.id : undefined;
  }
}
