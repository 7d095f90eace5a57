import { Injectable } from '@nestjs/common';

import { Failure } from '../../common/errors.js';
import { Transactions } from '../../database/transactions.js';
import type { Entered } from '../mailed-codes/code-sign-in.js';
import { MailedCodes } from '../mailed-codes/mailed-codes.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { Sessions } from '../sessions/sessions.js';
import { OutsideProof } from '../users/outside-proof.js';
import { Users } from '../users/users.js';
import { StandingAccess } from './standing-access.js';

/** The code that should reset a password is wrong, spent or too old (docs/spec/v1.md#31-own-accounts; HTTP 401). */
export class InvalidResetCodeError extends Failure {
  readonly code = 'INVALID_RESET_CODE';

  constructor() {
    super('Invalid code');
  }
}

/** A new password for a mailed code (docs/spec/v1.md#31-own-accounts); {@link EmailProof} mails it. */
@Injectable()
export class PasswordReset {
  constructor(
    private readonly transactions: Transactions,
    private readonly codes: MailedCodes,
    private readonly users: Users,
    private readonly outsideProof: OutsideProof,
    private readonly hasher: PasswordHasher,
    private readonly sessions: Sessions,
    private readonly access: StandingAccess,
  ) {}

  /**
   * Sets a new password for a code that came back; every other access to the account ends.
   * @throws InvalidResetCodeError, ServiceUnavailableError
   */
  async reset({ email, code, network }: Entered, password: string): Promise<void> {
    const passwordHash = await this.hasher.hash(password, network);
    const redemption = await this.transactions.of(email).run(async (transaction) => {
      const redeemed = await this.codes.redeem({ email, purpose: 'password-reset', code, network });
      if (redeemed !== 'accepted') return redeemed;
      const userId = await this.outsideProof.accept(transaction, email);
      await this.users.setPasswordHash(userId, passwordHash);
      await this.access.endAllOf(transaction, userId);
      await this.sessions.endAllOf(transaction, userId);
      return redeemed;
    });
    if (redemption !== 'accepted') throw new InvalidResetCodeError();
  }
}
