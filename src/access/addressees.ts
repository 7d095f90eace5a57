import { Inject, Injectable } from '@nestjs/common';

import { SETTINGS, type Settings } from '../config/settings.js';
import { Users } from '../identity/users/users.js';

/** Whom a friend request means. The person found is not deleted before the commit. */
@Injectable()
export class Addressees {
  constructor(
    private readonly users: Users,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  withCode(code: string): Promise<string | undefined> {
    return this.users.keepByFriendCode(code);
  }

  /**
   * An own account or somebody of an outside issuer with this address; of several the one whose address is verified.
   * Where mail can be sent, an address that nobody proved is nobody's (docs/spec/v1.md#31-own-accounts).
   * @param email normalised
   */
  withEmail(email: string): Promise<string | undefined> {
    return this.users.keepByEmail(email, { unproven: this.settings.mail.smtpUrl === undefined });
  }
}
