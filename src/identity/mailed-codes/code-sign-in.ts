import { Injectable } from '@nestjs/common';

import { Failure } from '../../common/errors.js';
import { Transactions } from '../../database/transactions.js';
import { LegacyTokens } from '../legacy-tokens/legacy-tokens.js';
import { OutsideProof } from '../users/outside-proof.js';
import { Users } from '../users/users.js';
import { CodeMail } from './code-mail.js';
import { MailedCodes } from './mailed-codes.js';

/** No such code, or it was used, or guessed at too often. */
export class WrongCodeError extends Failure {
  readonly code = 'WRONG_CODE';

  constructor() {
    super('invalid auth code');
  }
}

/** The code was right and is older than 5 minutes. */
export class CodeExpiredError extends Failure {
  readonly code = 'CODE_EXPIRED';

  constructor() {
    super('time limit exceeded (5min)');
  }
}

/** A code that came back. */
export interface Entered {
  /** Normalised. */
  readonly email: string;
  readonly code: string;
  /** The caller's. */
  readonly network: string;
}

const PURPOSE = 'legacy-sign-in';

/** The sign-in of the old apps: a code by e-mail, and a legacy token for it (docs/spec/legacy.md#tokens). */
@Injectable()
export class CodeSignIn {
  constructor(
    private readonly transactions: Transactions,
    private readonly codes: MailedCodes,
    private readonly mail: CodeMail,
    private readonly users: Users,
    private readonly proof: OutsideProof,
    private readonly tokens: LegacyTokens,
  ) {}

  /**
   * Mails a code, unless this network had three mailed to the address in the last 15 minutes.
   * @param email normalised
   * @param network the caller's
   * @returns whether the address has an account
   * @throws ServiceUnavailableError when the mail cannot be sent
   */
  async begin(email: string, network: string): Promise<boolean> {
    await this.mail.send({ email, purpose: PURPOSE, network });
    return (await this.users.findByEmail(email)) !== null;
  }

  /**
   * Spends the code, proves the address (an unknown one gets its account here) and hands out a token, all or nothing.
   * @throws WrongCodeError
   * @throws CodeExpiredError
   */
  async complete({ email, code, network }: Entered): Promise<string> {
    await this.tokens.settleUsage();
    const result = await this.transactions.of(email).run(async (transaction) => {
      const redemption = await this.codes.redeem({ email, purpose: PURPOSE, code, network });
      if (redemption !== 'accepted') return { redemption };
      const userId = await this.proof.accept(transaction, email);
      return { token: (await this.tokens.issueWithin(transaction, userId)).token };
    });
    // Thrown only here: thrown inside, it would roll back the count of the wrong guess.
    if (result.token !== undefined) return result.token;
    throw result.redemption === 'expired' ? new CodeExpiredError() : new WrongCodeError();
  }
}
