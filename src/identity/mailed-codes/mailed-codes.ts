import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Transactions } from '../../database/transactions.js';
import { type CodePurpose, hashCode, newCode } from './code-text.js';
import { MailedCode } from './mailed-code.entity.js';
import { COUNT_MAILS, COUNT_TRY, FIND, type KnownCode, LOCK_ADDRESS, SWEEP } from './mailed-codes.sql.js';

// docs/spec/legacy.md#sign-in-by-mailed-code: 5 tries of one network, 3 mails; a stranger's are not the owner's.
const MAX_TRIES = 5;
const MAX_MAILS = 3;

/** A code fresh from the press, to be mailed. */
export interface IssuedCode {
  readonly id: string;
  readonly code: string;
}

/** What came of somebody's entering a code. */
export type Redemption = 'accepted' | 'wrong' | 'expired';

/** Who asks for a code, and what it is for. */
export interface CodeRequest {
  /** Normalised. */
  readonly email: string;
  readonly purpose: CodePurpose;
  /** The caller's, as limits count it. */
  readonly network: string;
}

interface Guess extends CodeRequest {
  readonly code: string;
}

/**
 * Codes that prove an address by coming back. Whatever happens to the codes of one address happens one after the other,
 * under a lock on the address: its rows cannot be locked instead, because a first code has none yet.
 */
@Injectable()
export class MailedCodes {
  constructor(
    private readonly transactions: Transactions,
    private readonly database: Database,
  ) {}

  /** @returns undefined when the network had three of this purpose mailed to the address in the last 15 minutes */
  issue(request: CodeRequest): Promise<IssuedCode | undefined> {
    const { email, purpose, network } = request;
    return this.transactions.of(email).run(async () => {
      await this.lockAddress(email);
      await this.database.execute(SWEEP);
      if ((await this.mailsSent(request)) >= MAX_MAILS) return undefined;
      const issued = { id: randomUUID(), code: newCode() };
      const codeHash = hashCode(purpose, email, issued.code);
      const row = { id: issued.id, email, purpose, codeHash, network: disguised(network) };
      await this.database.repository(MailedCode).insert(row);
      return issued;
    });
  }

  /** A code whose mail could not be sent opens nothing and does not count as a mail. */
  async withdraw(id: string): Promise<void> {
    await this.database.repository(MailedCode).delete({ id });
  }

  /**
   * The address belongs to no account any more: its codes open nothing. That they were mailed is remembered without it, so
   * that signing up and leaving again buys no more mails. To be called in a transaction.
   * @param email normalised
   */
  async forget(email: string): Promise<void> {
    await this.lockAddress(email);
    await this.database.repository(MailedCode).update({ email }, { email: disguised(email) });
  }

  /**
   * Spends a code. A wrong one counts as a try of its network on every living code of the address, so more mails buy no
   * more guesses, and a stranger's guesses spend no code for others. To be called in a transaction: commit it whatever the
   * result, or that try is not counted.
   */
  async redeem(guess: Guess): Promise<Redemption> {
    await this.lockAddress(guess.email);
    const known = await this.find(guess);
    if (known === undefined || known.spent) {
      await this.database.execute(COUNT_TRY, [guess.email, guess.purpose, disguised(guess.network)]);
      return 'wrong';
    }
    if (known.expired) return 'expired';
    await this.database.repository(MailedCode).update({ id: known.id }, { usedAt: () => 'now()' });
    return 'accepted';
  }

  private async lockAddress(email: string): Promise<void> {
    await this.database.query(LOCK_ADDRESS, [email]);
  }

  private async mailsSent({ email, purpose, network }: CodeRequest): Promise<number> {
    const values = [[email, disguised(email)], purpose, disguised(network)];
    const [row] = await this.database.query<{ sent: number }>(COUNT_MAILS, values);
    return row?.sent ?? 0;
  }

  private async find({ email, purpose, code, network }: Guess): Promise<KnownCode | undefined> {
    const values = [email, hashCode(purpose, email, code), MAX_TRIES, disguised(network)];
    const [known] = await this.database.query<KnownCode>(FIND, values);
    return known;
  }
}

/** What stands for an address that was forgotten, which has no `@`, and for a network. */
const disguised = (text: string): string => createHash('sha256').update(text).digest('base64url');
