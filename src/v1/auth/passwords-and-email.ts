import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { Accounts } from '../../identity/accounts/accounts.js';
import { EmailProof } from '../../identity/accounts/email-proof.js';
import { PasswordReset } from '../../identity/accounts/password-reset.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { networkOf } from '../../rate-limits/network.js';
import type { ChangePasswordRequest, CodeRequest, ResetPasswordRequest } from './auth.requests.js';
import { AuthLimits } from './auth-limits.js';

/**
 * Proof of an e-mail address, and changes of the password (docs/spec/v1.md#31-own-accounts); each call is counted before
 * it hashes or mails.
 */
@Injectable()
export class PasswordsAndEmail {
  constructor(
    private readonly accounts: Accounts,
    private readonly emailProof: EmailProof,
    private readonly resets: PasswordReset,
    private readonly limits: AuthLimits,
  ) {}

  async sendCode(userId: string, response: Response): Promise<void> {
    await this.limits.countPerson(response, userId);
    await this.emailProof.sendCode(userId, networkOf(response.req.ip));
  }

  async verify(userId: string, { code }: CodeRequest, response: Response): Promise<void> {
    await this.limits.countPerson(response, userId);
    await this.emailProof.confirm(userId, code, networkOf(response.req.ip));
  }

  async change({ userId, sessionId }: Identity, body: ChangePasswordRequest, response: Response): Promise<void> {
    await this.limits.countPerson(response, userId);
    const owner = { userId, sessionId, address: networkOf(response.req.ip) };
    const { password: old, new_password: replacement, end_other_access: ending } = body;
    await this.accounts.changePassword(owner, { old, replacement, endOtherAccess: ending === true });
  }

  async sendResetCode(email: string, response: Response): Promise<void> {
    await this.limits.countEmail(response, email);
    await this.emailProof.sendResetCode(email, networkOf(response.req.ip));
  }

  async reset({ email, code, new_password: password }: ResetPasswordRequest, response: Response): Promise<void> {
    await this.limits.countEmail(response, email);
    await this.resets.reset({ email, code, network: networkOf(response.req.ip) }, password);
  }
}
