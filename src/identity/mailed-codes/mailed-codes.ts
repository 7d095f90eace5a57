import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Database } from '../../database/database.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { type CodePurpose, hashCode, newCode } from './code-text.js';

// legacy.md, "Tokens": 5 minutes, 5 tries, 3 mails in 15 minutes; of one network, so a stranger's are not the owner's.
const LIFE = `interval '5 minutes'`;
const MAX_TRIES = 5;
const MAIL_WINDOW = `interval '15 minutes'`;
const MAX_MAILS = 3;
/** Long enough to tell "too old" from "never existed", and for the mails to be counted. */
const KEPT_FOR = `interval '1 day'`;

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

interface KnownCode {
  id: string;
  spent: boolean;
  expired: boolean;
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
    return this.transactions.of(email).run(async ({ manager }) => {
      await lockAddress(manager, email);
      await sweep(manager);
      if ((await mailsSent(manager, request)) >= MAX_MAILS) return undefined;
      const issued = { id: randomUUID(), code: newCode() };
      await manager.query(
        `INSERT INTO mailed_codes (id, email, purpose, code_hash, network) VALUES ($1, $2, $3, $4, $5)`,
        [issued.id, email, purpose, hashCode(purpose, email, issued.code), disguised(network)],
      );
      return issued;
    });
  }

  /** A code whose mail could not be sent opens nothing and does not count as a mail. */
  async withdraw(id: string): Promise<void> {
    await this.database.execute(`DELETE FROM mailed_codes WHERE id = $1`, [id]);
  }

  /**
   * The address belongs to nobody any more: its codes open nothing. That they were mailed is remembered without it, so that
   * signing up and leaving again buys no more mails.
   * @param email normalised
   */
  async forget({ manager }: Transaction, email: string): Promise<void> {
    await lockAddress(manager, email);
    await manager.query(`UPDATE mailed_codes SET email = $2 WHERE email = $1`, [email, disguised(email)]);
  }

  /**
   * Spends a code. A wrong one counts as a try of its network on every living code of the address, so more mails buy no
   * more guesses, and a stranger's guesses spend no code for others. Commit the transaction whatever the result, or that
   * try is not counted.
   */
  async redeem({ manager }: Transaction, guess: Guess): Promise<Redemption> {
    await lockAddress(manager, guess.email);
    const known = await find(manager, guess);
    if (known === undefined || known.spent) {
      await countTry(manager, guess);
      return 'wrong';
    }
    if (known.expired) return 'expired';
    await manager.query(`UPDATE mailed_codes SET used_at = now() WHERE id = $1`, [known.id]);
    return 'accepted';
  }
}

/** What stands for an address that was forgotten, which has no `@`, and for a network. */
const disguised = (text: string): string => createHash('sha256').update(text).digest('base64url');

async function lockAddress(manager: EntityManager, email: string): Promise<void> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('mailed-codes ' || $1, 0))`, [email]);
}

/** Old codes of whatever address, a slice at a time; two that sweep at once leave each other's rows alone. */
async function sweep(manager: EntityManager): Promise<void> {
  await manager.query(
    `DELETE FROM mailed_codes WHERE id IN (
       SELECT id FROM mailed_codes WHERE created_at < now() - ${KEPT_FOR} LIMIT 500 FOR UPDATE SKIP LOCKED)`,
  );
}

async function mailsSent(manager: EntityManager, { email, purpose, network }: CodeRequest): Promise<number> {
  const [row]: { sent: number }[] = await manager.query(
    `SELECT count(*)::int AS sent FROM mailed_codes
     WHERE email = ANY ($1::text[]) AND purpose = $2 AND network = $3 AND created_at > clock_timestamp() - ${MAIL_WINDOW}`,
    [[email, disguised(email)], purpose, disguised(network)],
  );
  return row?.sent ?? 0;
}

async function find(manager: EntityManager, { email, purpose, code, network }: Guess): Promise<KnownCode | undefined> {
  const [known]: KnownCode[] = await manager.query(
    `SELECT id, created_at <= clock_timestamp() - ${LIFE} AS expired, used_at IS NOT NULL OR EXISTS (
         SELECT FROM code_guesses g WHERE g.code_id = c.id AND g.network = $4 AND g.tries >= $3) AS spent
     FROM mailed_codes c WHERE email = $1 AND code_hash = $2`,
    [email, hashCode(purpose, email, code), MAX_TRIES, disguised(network)],
  );
  return known;
}

async function countTry(manager: EntityManager, { email, purpose, network }: Guess): Promise<void> {
  await manager.query(
    `INSERT INTO code_guesses (code_id, network, tries)
     SELECT id, $3, 1 FROM mailed_codes
     WHERE email = $1 AND purpose = $2 AND used_at IS NULL AND created_at > clock_timestamp() - ${LIFE}
     ON CONFLICT (code_id, network) DO UPDATE SET tries = code_guesses.tries + 1`,
    [email, purpose, disguised(network)],
  );
}
