import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The state of the logs, in one row: an epoch, which every mark names and which changes with a restore; the server and
 * database it belongs to, so that a copy made by other means gets a new epoch; and the transaction up to which the
 * change log was dropped.
 */
export class LogState1764000000014 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION new_log_epoch() RETURNS text LANGUAGE sql VOLATILE RETURN
        left(encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 16)`);
    await queryRunner.query(`
      CREATE TABLE change_log_state (
        single boolean NOT NULL DEFAULT true,
        epoch text NOT NULL DEFAULT new_log_epoch(),
        home text,
        dropped_through xid8 NOT NULL DEFAULT '0',
        CONSTRAINT change_log_state_pkey PRIMARY KEY (single),
        CONSTRAINT change_log_state_single_check CHECK (single)
      )`);
    await queryRunner.query(`INSERT INTO change_log_state DEFAULT VALUES`);
    await grantAsOn(queryRunner, 'timer_changes', 'change_log_state');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE change_log_state`);
    await queryRunner.query(`DROP FUNCTION new_log_epoch()`);
  }
}

/** Copies the grants of one table to another, so that a role with row access only keeps working. */
async function grantAsOn(queryRunner: QueryRunner, table: string, other: string): Promise<void> {
  const grants = (await queryRunner.query(
    `SELECT a.privilege_type AS privilege, a.grantee::regrole::text AS role FROM pg_class c, aclexplode(c.relacl) a
     WHERE c.oid = $1::regclass AND a.grantee NOT IN (0, c.relowner)`,
    [table],
  )) as { privilege: string; role: string }[];
  for (const { privilege, role } of grants) await queryRunner.query(`GRANT ${privilege} ON ${other} TO ${role}`);
}
