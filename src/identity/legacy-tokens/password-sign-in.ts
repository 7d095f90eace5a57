import { Injectable } from '@nestjs/common';

import { Transactions } from '../../database/transactions.js';
import { PasswordCheck } from '../passwords/password-check.js';
import { LegacyTokens } from './legacy-tokens.js';

/** The token login of the old apps: a legacy token for e-mail and password (docs/spec/legacy.md#tokens). */
@Injectable()
export class PasswordSignIn {
  constructor(
    private readonly transactions: Transactions,
    private readonly passwords: PasswordCheck,
    private readonly tokens: LegacyTokens,
  ) {}

  /**
   * @returns a new token, undefined when these open no account
   * @throws ServiceUnavailableError when too many sign in at once
   */
  async tokenFor(email: string, password: string, address?: string): Promise<string | undefined> {
    const right = await this.passwords.check(email, password, address);
    if (right === undefined) return undefined;
    await this.tokens.settleUsage();
    return this.transactions.of(right.userId).run(async (transaction) => {
      if (!(await this.passwords.isStillRight(right))) return undefined;
      return (await this.tokens.issueWithin(transaction, right.userId)).token;
    });
  }
}
