import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/transactions.js';
import { Mailer } from '../../mail/mailer.js';
import { DELETED_USERS_TOPIC } from '../../signals/topics.js';
import { Signals } from '../../signals/signals.js';
import { deletedUserHash, USER_DELETED } from '../bearer/identity.js';
import { LegacyTokens } from '../legacy-tokens/legacy-tokens.js';
import { MailedCodes } from '../mailed-codes/mailed-codes.js';
import { User } from '../users/user.entity.js';
import { Users } from '../users/users.js';

/**
 * The end of an account: the person's row, sessions, tokens and mailed codes (docs/spec/v1.md#9-usersme, `DELETE
 * /v1/users/me`).
 */
@Injectable()
export class AccountRemoval {
  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly signals: Signals,
    private readonly tokens: LegacyTokens,
    private readonly codes: MailedCodes,
    private readonly mailer: Mailer,
  ) {}

  /**
   * Takes the person's row, so that nothing new of theirs is written meanwhile; their codes before it, as whoever signs in
   * by a code does.
   * @returns false when it is gone already
   */
  async begin(userId: string): Promise<boolean> {
    const email = await this.users.emailOf(userId);
    if (email !== undefined) await this.codes.forget(email);
    return this.users.holdToDelete(userId);
  }

  /** Removes the row after everything that hangs on it, and ends every session and socket everywhere. */
  async finish(transaction: Transaction, userId: string): Promise<void> {
    await this.tokens.revokeAllOf(transaction, userId);
    const email = await this.users.emailOf(userId);
    await this.database.repository(User).delete({ id: userId });
    await this.signals.forgetUser(userId);
    const body = { user_hash: deletedUserHash(userId) };
    await this.signals.add(transaction, { topic: DELETED_USERS_TOPIC, kind: USER_DELETED, body });
    transaction.afterCommit(() => this.mailer.forget(email === undefined ? [] : [email]));
  }
}
