import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';

import { hashOfSecret } from '../../common/secret-hash.js';
import { Transactions } from '../../database/transactions.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { IssueHold } from '../../identity/sessions/issue-hold.js';
import { Users } from '../../identity/users/users.js';

const SECRET_BYTES = 32;

/** Whose calendar a secret opens. */
export interface CalendarAccess {
  readonly userId: string;
  /** Names the secret without telling it. */
  readonly secretHash: string;
}

/** The secrets that open calendar feeds: one a person, only its SHA-256 kept (docs/spec/extensions.md#calendar). */
@Injectable()
export class CalendarSecrets {
  constructor(
    private readonly users: Users,
    private readonly hold: IssueHold,
    private readonly transactions: Transactions,
  ) {}

  /**
   * @returns a new secret; the person's old one opens nothing any more
   * @throws InvalidAccessTokenError when the caller's session has just ended
   */
  issue(caller: Identity): Promise<string> {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    return this.transactions.of(caller.userId).run(async () => {
      await this.hold.take(caller);
      await this.users.setCalendarSecret(caller.userId, hashOfSecret(secret));
      return secret;
    });
  }

  /** The person has no feed any more. */
  async revoke(userId: string): Promise<void> {
    await this.users.setCalendarSecret(userId, null);
  }

  /** Undefined for what opens nothing. */
  async accessOf(secret: string): Promise<CalendarAccess | undefined> {
    const hash = hashOfSecret(secret);
    const userId = await this.users.findByCalendarSecret(hash);
    return userId === undefined ? undefined : { userId, secretHash: hash.toString('hex') };
  }
}
