import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';

import { Failure } from '../../common/errors.js';
import { Database } from '../../database/database.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { OutsideProof } from '../users/outside-proof.js';
import { User } from '../users/user.entity.js';
import { LegacyToken } from './legacy-token.entity.js';
import { MAX_TOKENS_PER_USER } from './legacy-tokens.js';
import { FIND_OWNERS, LOCK_IMPORTS, type OwnedToken } from './legacy-tokens.sql.js';
import { hashToken } from './token-text.js';

/** A token that installed apps of one person use already. */
export interface TokenLine {
  /** Where it stands in the file, from 1. */
  readonly line: number;
  /** Normalised. */
  readonly email: string;
  readonly token: string;
  readonly name?: string | undefined;
}

/** A line that cannot be imported; nothing of its file was (docs/spec/legacy.md#tokens). */
export class BadTokenLineError extends Failure {
  readonly code = 'BAD_TOKEN_LINE';

  constructor(
    readonly line: number,
    problem: string,
  ) {
    super(`line ${line}: ${problem}; nothing was imported`);
  }
}

/** Brings existing tokens along, so that installed apps keep working. */
@Injectable()
export class TokenImport {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly proof: OutsideProof,
  ) {}

  /**
   * Imports all of the lines or none, making the accounts there are not yet. The operator vouches for the addresses, so
   * this proves them. Importing twice changes nothing.
   * @returns how many tokens are new
   * @throws BadTokenLineError
   */
  run(lines: readonly TokenLine[]): Promise<number> {
    return this.transactions.run(async (transaction) => {
      await this.database.query(LOCK_IMPORTS);
      await this.refuseForeignTokens(lines);
      let added = 0;
      for (const ofPerson of byEmail(lines)) added += await this.importPerson(transaction, ofPerson);
      return added;
    });
  }

  private async importPerson(transaction: Transaction, lines: readonly [TokenLine, ...TokenLine[]]): Promise<number> {
    const userId = await this.proof.accept(transaction, lines[0].email);
    await this.nameUnlessNamed(userId, lines.find(({ name }) => name !== undefined)?.name);
    const known = await this.hashesOf(userId);
    const fresh = lines.filter(({ token }) => !known.has(keyOf(hashToken(token))));
    const beyond = fresh[MAX_TOKENS_PER_USER - known.size];
    if (beyond) throw new BadTokenLineError(beyond.line, `more than ${MAX_TOKENS_PER_USER} tokens for one e-mail`);
    const rows = fresh.map(({ token }) => ({
      id: randomUUID(),
      userId,
      tokenHash: hashToken(token),
      label: 'imported',
    }));
    await this.database.repository(LegacyToken).insert(rows);
    return fresh.length;
  }

  private async refuseForeignTokens(lines: readonly TokenLine[]): Promise<void> {
    const hashes = lines.map(({ token }) => hashToken(token));
    const known = await this.database.query<OwnedToken>(FIND_OWNERS, [hashes]);
    const owners = new Map(known.map(({ token_hash: hash, email }) => [keyOf(hash), email]));
    for (const { line, email, token } of lines) {
      const owner = owners.get(keyOf(hashToken(token)));
      if (owner !== undefined && owner !== email)
        throw new BadTokenLineError(line, 'this token belongs to another e-mail');
    }
  }

  private async nameUnlessNamed(userId: string, displayName: string | undefined): Promise<void> {
    if (displayName === undefined) return;
    await this.database.repository(User).update({ id: userId, displayName: IsNull() }, { displayName });
  }

  private async hashesOf(userId: string): Promise<Set<string>> {
    const known = await this.database.repository(LegacyToken).findBy({ userId });
    return new Set(known.map(({ tokenHash }) => keyOf(tokenHash)));
  }
}

const keyOf = (hash: Buffer): string => hash.toString('hex');

/** In the order of the addresses, so that whoever locks several people locks them in the same order. */
function byEmail(lines: readonly TokenLine[]): [TokenLine, ...TokenLine[]][] {
  const people = new Map<string, [TokenLine, ...TokenLine[]]>();
  for (const line of lines) {
    const person = people.get(line.email);
    if (person) person.push(line);
    else people.set(line.email, [line]);
  }
  return [...people.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, person]) => person);
}
