import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the logs know of themselves, in one row: an epoch, which every mark names and which is another one after a
 * restore; the server and database it belongs to, so that a copy made by other means gets an epoch of its own; and up to
 * which transaction the log of changes has been dropped.
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

/** Who may read and write one table may do so with another, too: a role that may only read and write rows goes on. */
async function grantAsOn(queryRunner: QueryRunner, table: string, other: string): Promise<void> {
  const grants = (await queryRunner.query(
    `SELECT a.privilege_type AS privilege, a.grantee::regrole::text AS role FROM pg_class c, aclexplode(c.relacl) a
     WHERE c.oid = $1::regclass AND a.grantee NOT IN (0, c.relowner)`,
    [table],
  )) as { privilege: string; role: string }[];
  for (const { privilege, role } of grants) await queryRunner.query(`GRANT ${privilege} ON ${other} TO ${role}`);
}
