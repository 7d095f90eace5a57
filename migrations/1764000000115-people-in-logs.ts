import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Indexes for deleting an account: the actor of changes to other users' timers, and the users named in stored responses
 * and stored events. The indexes hold whole string values, wherever they are in a body.
 */
export class PeopleInLogs1764000000115 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION strings_in(body json) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
        jsonb_path_query_array(body::jsonb, '$.** ? (@.type() == "string")')`);
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION strings_in(body jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
        jsonb_path_query_array(body, '$.** ? (@.type() == "string")')`);
    await queryRunner.query(
      `CREATE INDEX timer_changes_by_actor ON timer_changes (actor) WHERE actor IS DISTINCT FROM owner`,
    );
    await queryRunner.query(
      `CREATE INDEX kept_answers_by_string ON kept_answers USING gin (strings_in(body) jsonb_path_ops)`,
    );
    await queryRunner.query(`CREATE INDEX signals_by_string ON signals USING gin (strings_in(body) jsonb_path_ops)`);
    await queryRunner.query(`CREATE INDEX signals_by_topic ON signals (topic)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `DROP INDEX signals_by_topic, signals_by_string, kept_answers_by_string, timer_changes_by_actor`,
    );
    await queryRunner.query(`DROP FUNCTION strings_in(json), strings_in(jsonb)`);
  }
}
