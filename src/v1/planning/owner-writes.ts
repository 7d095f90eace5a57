import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Seconds } from '../../common/time/date-time.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { tickAt } from '../../timer-domain/rules/decide.js';

/** A person's change to what they plan with, under way. */
export interface OwnerWrite {
  readonly ownerId: string;
  readonly transaction: Transaction;
  readonly manager: EntityManager;
  /** The tick at which the change takes effect: created_at and updated_at of what it touches. */
  readonly at: Seconds;
}

/**
 * Changes to tags, schedules and todos of one person happen one after the other: what a rule looks at (who is whose
 * parent, which tag is the last of its group, how many there are) stays as it was seen until the commit. The lock comes
 * before any other of the transaction, so two changes never wait for each other.
 */
@Injectable()
export class OwnerWrites {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** @returns what `work` returns; an error leaves nothing behind */
  run<Result>(ownerId: string, work: (write: OwnerWrite) => Promise<Result>): Promise<Result> {
    return this.transactions.of(ownerId).run(async (transaction) => {
      const { manager } = transaction;
      // Whoever only refers to the person, as a new timer does, does not wait for this lock.
      const people: unknown[] = await manager.query(`SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, [ownerId]);
      if (people.length === 0) throw new InvalidAccessTokenError('Invalid token: the account is gone');
      return work({ ownerId, transaction, manager, at: tickAt(this.clock.now()) });
    });
  }
}
