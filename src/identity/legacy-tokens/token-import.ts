import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Failure } from '../../common/errors.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { OutsideProof } from '../users/outside-proof.js';
import { MAX_TOKENS_PER_USER } from './legacy-tokens.js';
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

/** A line that cannot be imported; nothing of its file was (legacy.md, "Tokens"). */
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
      await lockImports(transaction.manager);
      await refuseForeignTokens(transaction.manager, lines);
      let added = 0;
      for (const ofPerson of byEmail(lines)) added += await this.importPerson(transaction, ofPerson);
      return added;
    });
  }

  private async importPerson(transaction: Transaction, lines: readonly [TokenLine, ...TokenLine[]]): Promise<number> {
    const { manager } = transaction;
    const userId = await this.proof.accept(transaction, lines[0].email);
    await nameUnlessNamed(manager, userId, lines.find(({ name }) => name !== undefined)?.name);
    const known = await hashesOf(manager, userId);
    const fresh = lines.filter(({ token }) => !known.has(hashToken(token).toString('hex')));
    const beyond = fresh[MAX_TOKENS_PER_USER - known.size];
    if (beyond) throw new BadTokenLineError(beyond.line, `more than ${MAX_TOKENS_PER_USER} tokens for one e-mail`);
    await manager.query(
      `INSERT INTO legacy_tokens (id, user_id, token_hash, label)
       SELECT gen_random_uuid(), $1, hash, 'imported' FROM unnest($2::bytea[]) AS hash`,
      [userId, fresh.map(({ token }) => hashToken(token))],
    );
    return fresh.length;
  }
}

/** One import at a time: two of the same file must not both find its tokens missing. */
async function lockImports(manager: EntityManager): Promise<void> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('legacy-token-import', 0))`);
}

async function refuseForeignTokens(manager: EntityManager, lines: readonly TokenLine[]): Promise<void> {
  const rows: { hash: string; email: string | null }[] = await manager.query(
    `SELECT encode(token_hash, 'hex') AS hash, email FROM legacy_tokens JOIN users ON users.id = user_id
     WHERE token_hash = ANY ($1::bytea[])`,
    [lines.map(({ token }) => hashToken(token))],
  );
  const owners = new Map(rows.map(({ hash, email }) => [hash, email]));
  for (const { line, email, token } of lines) {
    const owner = owners.get(hashToken(token).toString('hex'));
    if (owner !== undefined && owner !== email)
      throw new BadTokenLineError(line, 'this token belongs to another e-mail');
  }
}

async function nameUnlessNamed(manager: EntityManager, userId: string, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  await manager.query(`UPDATE users SET display_name = $2 WHERE id = $1 AND display_name IS NULL`, [userId, name]);
}

async function hashesOf(manager: EntityManager, userId: string): Promise<Set<string>> {
  const rows: { hash: string }[] = await manager.query(
    `SELECT encode(token_hash, 'hex') AS hash FROM legacy_tokens WHERE user_id = $1`,
    [userId],
  );
  return new Set(rows.map(({ hash }) => hash));
}

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
