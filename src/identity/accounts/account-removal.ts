import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';
import { Mailer } from '../../mail/mailer.js';
import { Signals } from '../../signals/signals.js';
import { deletedUserHash, USER_DELETED } from '../bearer/identity.js';
import { LegacyTokens } from '../legacy-tokens/legacy-tokens.js';

/** The end of an account: the person's row, sessions, tokens and mailed codes (v1.md 9, `DELETE /v1/users/me`). */
@Injectable()
export class AccountRemoval {
  constructor(
    private readonly signals: Signals,
    private readonly tokens: LegacyTokens,
    private readonly mailer: Mailer,
  ) {}

  /** Takes the person's row, so that nothing new of theirs is written meanwhile. @returns false when it is gone already */
  async begin({ manager }: Transaction, userId: string): Promise<boolean> {
    const rows: unknown[] = await manager.query(`SELECT id FROM users WHERE id = $1 FOR UPDATE`, [userId]);
    return rows.length > 0;
  }

  /** Removes the row after everything that hangs on it, and ends every session and socket everywhere. */
  async finish(transaction: Transaction, userId: string): Promise<void> {
    const { manager } = transaction;
    await this.tokens.revokeAllOf(transaction, userId);
    const [removed]: [{ email: string | null; verified_email: string | null }[]] = await manager.query(
      `DELETE FROM users WHERE id = $1 RETURNING email, verified_email`,
      [userId],
    );
    const emails = removed.flatMap((row) => [row.email, row.verified_email]).filter((email) => email !== null);
    await manager.query(`DELETE FROM mailed_codes WHERE email = ANY ($1::text[])`, [emails]);
    await manager.query(`DELETE FROM signals WHERE strpos(topic || body::text, $1) > 0`, [userId]);
    const body = { user_hash: deletedUserHash(userId) };
    await this.signals.add(transaction, { topic: 'deleted-user', kind: USER_DELETED, body });
    transaction.afterCommit(() => this.mailer.forget(emails));
  }
}
