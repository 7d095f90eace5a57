import { domainToASCII } from 'node:url';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns with addresses and domains: table, column, and whether it is a list. */
const ADDRESSES = [
  ['users', 'email', false],
  ['users', 'verified_email', false],
  ['visibility_settings', 'allowed_emails', true],
  ['visibility_settings', 'allowed_domains', true],
] as const;

/**
 * Normalizes spellings: domains in ASCII, addresses and tag names in NFC. Of two accounts with one mailbox, one keeps
 * the address: the one already in this spelling, else a verified one, else the older. The other keeps its spelling and
 * can no longer sign in by e-mail. Two equal tags of one group are merged alike. Codes record the network that
 * requested them, and attempts the network that made them. `mailed_codes.tries` stays for the previous version, which
 * runs beside this one during an update.
 */
export class OneSpelling1764000000018 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [table, column, isList] of ADDRESSES) await respell(queryRunner, table, column, isList);
    await queryRunner.query(`
      UPDATE tags t SET name = first.nfc FROM (
        SELECT DISTINCT ON (group_id, normalize(name, NFC)) id, normalize(name, NFC) AS nfc FROM tags
        ORDER BY group_id, normalize(name, NFC), (name IS NFC NORMALIZED) DESC, created_at, id) first
      WHERE t.id = first.id AND t.name <> first.nfc`);
    await queryRunner.query(`UPDATE tag_groups SET name = normalize(name, NFC) WHERE name IS NOT NFC NORMALIZED`);
    await queryRunner.query(`ALTER TABLE mailed_codes ADD COLUMN network text`);
    await queryRunner.query(`
      CREATE TABLE code_guesses (
        code_id uuid NOT NULL,
        network text NOT NULL,
        tries integer NOT NULL,
        CONSTRAINT code_guesses_pkey PRIMARY KEY (code_id, network),
        CONSTRAINT code_guesses_code_fkey FOREIGN KEY (code_id) REFERENCES mailed_codes (id) ON DELETE CASCADE
      )`);
  }

  /** The earlier spellings are not stored. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE code_guesses`);
    await queryRunner.query(`ALTER TABLE mailed_codes DROP COLUMN network`);
  }
}

async function respell(queryRunner: QueryRunner, table: string, column: string, isList: boolean): Promise<void> {
  const order = table === 'users' ? `(email_proven_at IS NULL), created_at, id` : `id`;
  const text = isList ? `array_to_string(${column}, ' ')` : column;
  const rows = (await queryRunner.query(
    `SELECT id, ${column} AS value FROM ${table} WHERE ${text} ~ '[^\\x01-\\x7f]|\\.( |$)' ORDER BY ${order}`,
  )) as { id: string; value: string | string[] }[];
  const isFree = column === 'email' ? `AND NOT EXISTS (SELECT FROM users o WHERE o.email = $2)` : '';
  for (const { id, value } of rows) {
    const spelled = Array.isArray(value) ? [...new Set(value.map(spellingOf))] : spellingOf(value);
    await queryRunner.query(`UPDATE ${table} SET ${column} = $2 WHERE id = $1 ${isFree}`, [id, spelled]);
  }
}

/** Returns a text that cannot be a domain unchanged. */
function spellingOf(text: string): string {
  const at = text.lastIndexOf('@') + 1;
  const domain = text.slice(at);
  const ascii = /^[\x21-\x7e]+$/.test(domain) ? domain : domainToASCII(domain);
  return text.slice(0, at).normalize('NFC') + (ascii.replace(/\.$/, '') || domain);
}
