import { Injectable } from '@nestjs/common';

import { Mailer } from '../../mail/mailer.js';
import type { CodePurpose } from './code-text.js';
import { type CodeRequest, MailedCodes } from './mailed-codes.js';

const WORDS: Record<CodePurpose, { subject: string; code: string }> = {
  'legacy-sign-in': { subject: 'Your sign-in code', code: 'Your sign-in code is' },
  'email-proof': { subject: 'Confirm your e-mail address', code: 'Your confirmation code is' },
  'password-reset': { subject: 'Reset your password', code: 'Your code for a new password is' },
};

/** Mails codes. */
@Injectable()
export class CodeMail {
  constructor(
    private readonly codes: MailedCodes,
    private readonly mailer: Mailer,
  ) {}

  /**
   * Mails a new code, unless the network had three mailed to this address for this purpose in the last 15 minutes.
   * @throws ServiceUnavailableError when the mail cannot be sent; its code opens nothing then
   */
  async send(request: CodeRequest): Promise<void> {
    const issued = await this.codes.issue(request);
    if (issued === undefined) return;
    const { subject, code } = WORDS[request.purpose];
    try {
      await this.mailer.send({
        to: request.email,
        subject,
        text: `${code} ${issued.code}\n\nIt is valid for 5 minutes and works once. If you did not ask for it, ignore this mail.\n`,
      });
    } catch (error) {
      await this.codes.withdraw(issued.id);
      throw error;
    }
  }
}
