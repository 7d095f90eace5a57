import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';
import { LegacyTokens } from '../legacy-tokens/legacy-tokens.js';
import { Users } from '../users/users.js';

/**
 * Access that lasts beside sessions and the password: legacy tokens and the calendar address
 * (docs/spec/v1.md#31-own-accounts). Ending and
 * issuing it both hold the person's row, so nothing that is issued at the same moment outlives the end.
 */
@Injectable()
export class StandingAccess {
  constructor(
    private readonly users: Users,
    private readonly tokens: LegacyTokens,
  ) {}

  /** Call it when the transaction holds the person's row. */
  async endAllOf(transaction: Transaction, userId: string): Promise<void> {
    await this.users.setCalendarSecret(userId, null);
    await this.tokens.revokeAllOf(transaction, userId);
  }
}
