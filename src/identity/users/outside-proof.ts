import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/transactions.js';
import { userTopic } from '../../signals/topics.js';
import { Signals } from '../../signals/signals.js';
import { AccountClaims } from '../accounts/account-claims.js';
import { StandingAccess } from '../accounts/standing-access.js';
import { Sessions } from '../sessions/sessions.js';
import { PROFILE_CHANGED } from './profiles.js';
import { User } from './user.entity.js';
import { Users } from './users.js';
import { CLEAN } from './users.sql.js';

/**
 * Somebody showed from outside an account that its address is theirs: a mailed code came back without a session, or an
 * import vouched for it (docs/spec/v1.md#31-own-accounts, docs/spec/legacy.md#tokens).
 */
@Injectable()
export class OutsideProof {
  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly access: StandingAccess,
    private readonly claims: AccountClaims,
    private readonly sessions: Sessions,
    private readonly signals: Signals,
  ) {}

  /**
   * The account of this address, made when there is none, proven from now on. The first proof of an account that was
   * there ends every access to it and everything that others know it by, so an account that a stranger made with this
   * address is the owner's alone. The person's row is held until the commit.
   * @param email normalised
   * @returns the account's id
   */
  async accept(transaction: Transaction, email: string): Promise<string> {
    const created = await this.users.createUnlessTaken({ email });
    const { id, emailProvenAt } = await this.database
      .repository(User)
      .findOneOrFail({ where: { email }, lock: { mode: 'for_no_key_update' } });
    if (emailProvenAt !== null) return id;
    await this.database.execute(CLEAN, [id]);
    if (created === undefined) await this.endEverything(transaction, id);
    return id;
  }

  private async endEverything(transaction: Transaction, id: string): Promise<void> {
    await this.access.endAllOf(transaction, id);
    await this.sessions.endAllOf(transaction, id);
    await this.claims.run(transaction, id);
    await this.signals.add(transaction, { topic: userTopic(id), kind: PROFILE_CHANGED, body: {} });
  }
}
