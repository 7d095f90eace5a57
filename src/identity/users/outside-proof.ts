import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';
import { LegacyTokens } from '../legacy-tokens/legacy-tokens.js';
import { Sessions } from '../sessions/sessions.js';
import { User } from './user.entity.js';
import { Users } from './users.js';

/**
 * Somebody showed from outside an account that its address is theirs: a mailed code came back without a session, or an
 * import vouched for it (v1.md 3.1, legacy.md "Tokens").
 */
@Injectable()
export class OutsideProof {
  constructor(
    private readonly users: Users,
    private readonly tokens: LegacyTokens,
    private readonly sessions: Sessions,
  ) {}

  /**
   * The account of this address, made when there is none, proven from now on. Whoever signed up with somebody else's
   * address first gains nothing: the first proof ends that account's sessions and legacy tokens and removes its password.
   * @param email normalised
   * @returns the account's id
   */
  async accept(transaction: Transaction, email: string): Promise<string> {
    const { manager } = transaction;
    const created = await this.users.createUnlessTaken({ email }, manager);
    const { id, emailProvenAt } = await manager.findOneOrFail(User, {
      where: { email },
      lock: { mode: 'for_no_key_update' },
    });
    if (emailProvenAt !== null) return id;
    await manager.query(`UPDATE users SET email_proven_at = now(), password_hash = NULL WHERE id = $1`, [id]);
    if (created !== undefined) return id;
    await this.tokens.revokeAllOf(transaction, id);
    await this.sessions.endAllOf(transaction, id);
    return id;
  }
}
