import { Injectable } from '@nestjs/common';

import { Friendships } from '../../access/friendships.js';
import { Transactions } from '../../database/transactions.js';
import { AccountRemoval } from '../../identity/accounts/account-removal.js';
import { Accounts, ReauthenticationRequiredError } from '../../identity/accounts/accounts.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { PersonRemoval } from '../../room-people/person-removal.js';

/** How long ago somebody without a password must have signed in (docs/spec/v1.md#9-usersme). */
const FRESH_SECONDS = 300;

/** Deletes everything of a person (docs/spec/v1.md#9-usersme, `DELETE /v1/users/me`). */
@Injectable()
export class AccountDeletion {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly account: AccountRemoval,
    private readonly timers: PersonRemoval,
    private readonly friendships: Friendships,
  ) {}

  /**
   * That it is the person who wants it; call it outside of every transaction, since it hashes.
   * @param address who asks, as `networkOf` gives it
   * @throws ReauthenticationRequiredError without the password, or without a fresh token where there is none
   */
  async confirm({ userId, authTime }: Identity, password: string | undefined, address: string): Promise<void> {
    if (await this.accounts.hasPassword(userId)) await this.accounts.confirmPassword(userId, password ?? '', address);
    else if (Date.now() / 1_000 - authTime > FRESH_SECONDS) throw new ReauthenticationRequiredError();
  }

  /** {@link confirm} comes first. However much there is, no statement works on more than some thousand rows. */
  async delete(userId: string): Promise<void> {
    await this.timers.shrink(userId);
    await this.transactions.of(userId).run(async (transaction) => {
      if (!(await this.account.begin(userId))) return;
      await this.friendships.forgetUser(transaction, userId);
      await this.timers.remove(transaction, userId);
      await this.account.finish(transaction, userId);
    });
  }
}
