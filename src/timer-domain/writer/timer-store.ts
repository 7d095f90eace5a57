import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';
import { ChangeFeed } from '../log/change-feed.js';
import { TimersInTransaction } from './timers-in-transaction.js';

/** Timers as part of larger writes; a command on one timer goes through the queue. */
@Injectable()
export class TimerStore {
  constructor(private readonly feed: ChangeFeed) {}

  /** The timers of a transaction. */
  within(transaction: Transaction): TimersInTransaction {
    return new TimersInTransaction(transaction, (changes) => {
      this.feed.publish(changes);
    });
  }
}
