import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Transactions } from '../../database/transactions.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { holdForIssue } from '../../identity/sessions/hold-for-issue.js';

const SECRET_BYTES = 32;

/** Whose calendar a secret opens. */
export interface CalendarAccess {
  readonly userId: string;
  /** Names the secret without telling it. */
  readonly secretHash: string;
}

/** The secrets that open calendar feeds: one a person, only its SHA-256 kept (extensions.md). */
@Injectable()
export class CalendarSecrets {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {}

  /**
   * @returns a new secret; the person's old one opens nothing any more
   * @throws InvalidAccessTokenError when the caller's session has just ended
   */
  issue(caller: Identity): Promise<string> {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    return this.transactions.of(caller.userId).run(async (transaction) => {
      await holdForIssue(transaction, caller);
      const hash = hashOf(secret);
      await transaction.manager.query(`UPDATE users SET calendar_secret_hash = $2 WHERE id = $1`, [
        caller.userId,
        hash,
      ]);
      return secret;
    });
  }

  /** The person has no feed any more. */
  async revoke(userId: string): Promise<void> {
    await this.database.execute(`UPDATE users SET calendar_secret_hash = NULL WHERE id = $1`, [userId]);
  }

  /** Undefined for what opens nothing. */
  async accessOf(secret: string): Promise<CalendarAccess | undefined> {
    const hash = hashOf(secret);
    const rows = await this.database.query<{ id: string }>(`SELECT id FROM users WHERE calendar_secret_hash = $1`, [
      hash,
    ]);
    const [user] = rows;
    return user && { userId: user.id, secretHash: hash.toString('hex') };
  }
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
