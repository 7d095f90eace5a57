import { Injectable } from '@nestjs/common';

import { codePoints } from '../../common/validation/rules.js';
import { normalizeEmail } from '../users/email-address.js';
import { Users } from '../users/users.js';
import { normalizePassword, PasswordHasher } from './password-hasher.js';

/** Whether a text can be a password: 8–128 characters (docs/spec/v1.md#31-own-accounts). */
export function isPossiblePassword(text: string): boolean {
  const length = codePoints(text);
  return length >= 8 && length <= 128;
}

/** A password that was right, and the hash it was right for. */
export interface RightPassword {
  readonly userId: string;
  readonly passwordHash: string;
}

/** Sign-in by e-mail and password. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly users: Users,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * Whose account these open, undefined when they open none. Equally slow for an unknown e-mail
   * (docs/spec/v1.md#31-own-accounts).
   * @throws ServiceUnavailableError when too many sign in at once
   */
  async check(email: string, password: string, address?: string): Promise<RightPassword | undefined> {
    const known = normalizeEmail(email);
    const user = known === undefined ? null : await this.users.findByEmail(known);
    const possible = isPossiblePassword(password) || isPossiblePassword(normalizePassword(password));
    const right = await this.hasher.verify(user?.passwordHash ?? null, possible ? password : '', address);
    if (!right || !possible || user?.passwordHash == null) return undefined;
    return { userId: user.id, passwordHash: user.passwordHash };
  }

  /**
   * Whether the password is still the one that was right; call it in the transaction that signs in, before anything else.
   * The person's row stays locked until the commit, so whoever replaces the password meanwhile ends what was opened.
   */
  async isStillRight({ userId, passwordHash }: RightPassword): Promise<boolean> {
    return (await this.users.hold(userId)) && (await this.users.passwordHashOf(userId)) === passwordHash;
  }
}
