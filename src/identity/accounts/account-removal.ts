import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';
import { Mailer } from '../../mail/mailer.js';
import { userTopic } from '../../signals/topics.js';
import { Signals } from '../../signals/signals.js';
import { deletedUserHash, USER_DELETED } from '../bearer/identity.js';
import { LegacyTokens } from '../legacy-tokens/legacy-tokens.js';
import { MailedCodes } from '../mailed-codes/mailed-codes.js';

/** The end of an account: the person's row, sessions, tokens and mailed codes (v1.md 9, `DELETE /v1/users/me`). */
@Injectable()
export class AccountRemoval {
  constructor(
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
  async begin(transaction: Transaction, userId: string): Promise<boolean> {
    const { manager } = transaction;
    const known: { email: string | null }[] = await manager.query(`SELECT email FROM users WHERE id = $1`, [userId]);
    for (const { email } of known) if (email !== null) await this.codes.forget(transaction, email);
    const rows: unknown[] = await manager.query(`SELECT id FROM users WHERE id = $1 FOR UPDATE`, [userId]);
    return rows.length > 0;
  }

  /** Removes the row after everything that hangs on it, and ends every session and socket everywhere. */
  async finish(transaction: Transaction, userId: string): Promise<void> {
    const { manager } = transaction;
    await this.tokens.revokeAllOf(transaction, userId);
    const [removed]: [{ email: string | null }[]] = await manager.query(
      `DELETE FROM users WHERE id = $1 RETURNING email`,
      [userId],
    );
    // Whole values: the id of somebody of an outside issuer may be part of another's.
    await manager.query(
      `DELETE FROM signals WHERE topic = $2
         OR strings_in(body) @> jsonb_build_array($1::text)`,
      [userId, userTopic(userId)],
    );
    const body = { user_hash: deletedUserHash(userId) };
    await this.signals.add(transaction, { topic: 'deleted-user', kind: USER_DELETED, body });
    const emails = removed.flatMap(({ email }) => email ?? []);
    transaction.afterCommit(() => this.mailer.forget(emails));
  }
}
