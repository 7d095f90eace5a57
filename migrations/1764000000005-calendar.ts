import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The secret of a user's calendar feed, as its SHA-256 (docs/spec/extensions.md#correcting-and-adding-up). */
export class Calendar1764000000005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE users ADD COLUMN calendar_secret_hash bytea`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX users_by_calendar ON users (calendar_secret_hash) WHERE calendar_secret_hash IS NOT NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE users DROP COLUMN calendar_secret_hash`);
  }
}
