import { Inject, Injectable, Logger } from '@nestjs/common';

import { Failure, ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { Transactions } from '../../database/transactions.js';
import { MailedCodes } from '../mailed-codes/mailed-codes.js';
import { CodeMail } from '../mailed-codes/code-mail.js';
import { Users } from '../users/users.js';

/** The code typed into the account's own session is wrong, spent or too old (docs/spec/v1.md#21-domain-errors-and-500). */
export class InvalidCodeError extends Failure {
  readonly code = 'INVALID_CODE';

  constructor() {
    super('Invalid or expired code');
  }
}

/** Mailed codes that prove an own account's address, and those that reset its password (docs/spec/v1.md#31-own-accounts). */
@Injectable()
export class EmailProof {
  private readonly logger = new Logger(EmailProof.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly codes: MailedCodes,
    private readonly mail: CodeMail,
    private readonly users: Users,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Mails a code to the caller's own address; nothing happens for a person without one. @throws ServiceUnavailableError */
  async sendCode(userId: string, network: string): Promise<void> {
    const email = await this.users.emailOf(userId);
    if (email !== undefined) await this.mail.send({ email, purpose: 'email-proof', network });
  }

  /** The code came back within the account's own session: the address is proven, nothing else changes. @throws InvalidCodeError */
  async confirm(userId: string, code: string, network: string): Promise<void> {
    const email = await this.users.emailOf(userId);
    if (email === undefined) throw new InvalidCodeError();
    const redemption = await this.transactions.of(email).run(async () => {
      const redeemed = await this.codes.redeem({ email, purpose: 'email-proof', code, network });
      if (redeemed === 'accepted') await this.users.proveEmail(userId);
      return redeemed;
    });
    if (redemption !== 'accepted') throw new InvalidCodeError();
  }

  /**
   * Mails a code that resets the password, if the address has an account; the caller is told the same, and as fast, when
   * it has none. @throws ServiceUnavailableError when no mail can be sent at all
   */
  async sendResetCode(email: string, network: string): Promise<void> {
    if (this.settings.production && this.settings.mail.smtpUrl === undefined) throw new ServiceUnavailableError();
    const user = await this.users.findByEmail(email);
    if (user === null) return;
    void this.mail.send({ email, purpose: 'password-reset', network }).catch((error: unknown) => {
      this.logger.warn({ msg: 'a reset code was not mailed', ...describeError(error) });
    });
  }
}
