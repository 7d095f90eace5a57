import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';

/** Ends what one module knows of an account; runs in the transaction of the proof, which holds the person's row. */
export type ClaimPart = (transaction: Transaction, userId: string) => Promise<void>;

/**
 * The first proof from outside gives the owner of an address a clean account (docs/spec/v1.md#31-own-accounts): each
 * module that keeps access
 * or relations of an account registers how they end.
 */
@Injectable()
export class AccountClaims {
  private readonly parts: ClaimPart[] = [];

  register(part: ClaimPart): void {
    this.parts.push(part);
  }

  async run(transaction: Transaction, userId: string): Promise<void> {
    for (const part of this.parts) await part(transaction, userId);
  }
}
