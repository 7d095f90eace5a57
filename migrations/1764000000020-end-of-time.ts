import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['schedules', 'schedule_exceptions'];

/** Instants on 9999-12-31 become the last instant of the day before, starts and ends alike. */
export class EndOfTime1764000000020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_times_check`);
      await queryRunner.query(
        `ALTER TABLE ${table} ADD CONSTRAINT ${table}_times_check
         CHECK (end_time > start_time OR (end_time = start_time AND end_time = '9999-12-30T23:59:59Z'::timestamptz))`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_times_check`);
      await queryRunner.query(`ALTER TABLE ${table} ADD CONSTRAINT ${table}_times_check CHECK (end_time > start_time)`);
    }
  }
}
