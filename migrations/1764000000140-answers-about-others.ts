import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The outcome of a command on the caller's own timer tells of them alone, and is found by its scope when they go: it stays
 * out of the index of strings, whose upkeep costs more than the rest of the row.
 */
export class AnswersAboutOthers1764000000140 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE kept_answers ADD COLUMN names_others boolean NOT NULL DEFAULT true`);
    await queryRunner.query(`DROP INDEX kept_answers_by_string`);
    await queryRunner.query(
      `CREATE INDEX kept_answers_by_string ON kept_answers USING gin (strings_in(body) jsonb_path_ops) WHERE names_others`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX kept_answers_by_string`);
    await queryRunner.query(`ALTER TABLE kept_answers DROP COLUMN names_others`);
    await queryRunner.query(
      `CREATE INDEX kept_answers_by_string ON kept_answers USING gin (strings_in(body) jsonb_path_ops)`,
    );
  }
}
