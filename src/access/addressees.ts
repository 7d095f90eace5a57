import { Inject, Injectable } from '@nestjs/common';

import { SETTINGS, type Settings } from '../config/settings.js';
import type { Transaction } from '../database/transactions.js';

/** Whom a friend request means. The person found is not deleted before the commit. */
@Injectable()
export class Addressees {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  async withCode({ manager }: Transaction, code: string): Promise<string | undefined> {
    const rows: { id: string }[] = await manager.query(`SELECT id FROM users WHERE friend_code = $1 FOR KEY SHARE`, [
      code,
    ]);
    return rows[0]?.id;
  }

  /**
   * An own account or somebody of an outside issuer with this address; of several the one whose address is verified.
   * Where mail can be sent, an address that nobody proved is nobody's (v1.md 3.1).
   * @param email normalised
   */
  async withEmail({ manager }: Transaction, email: string): Promise<string | undefined> {
    const unprovenCount = this.settings.mail.smtpUrl === undefined;
    const rows: { id: string }[] = await manager.query(
      `SELECT id FROM users
       WHERE verified_email = $1 OR (email = $1 AND (email_proven_at IS NOT NULL OR $2))
       ORDER BY (verified_email IS NULL AND email_proven_at IS NULL), created_at, id LIMIT 1 FOR KEY SHARE`,
      [email, unprovenCount],
    );
    return rows[0]?.id;
  }
}
