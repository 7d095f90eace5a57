import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';
import { ChangeFeed } from '../log/change-feed.js';
import { TimersInTransaction } from './timers-in-transaction.js';

/** Writes timers in larger transactions; a command on one timer goes through the queue. */
@Injectable()
export class TimerStore {
  constructor(private readonly feed: ChangeFeed) {}

  /** Timer writes in this transaction; their changes are published after the commit. */
  within(transaction: Transaction): TimersInTransaction {
    return new TimersInTransaction(transaction, (changes) => {
      this.feed.publish(changes);
    });
  }
}
