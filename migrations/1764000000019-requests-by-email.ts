import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Friend requests by e-mail as their sender sees them, whether or not the address has an account. If an account was
 * found that may be asked, `friendships` has the pending request under the same id.
 */
export class RequestsByEmail1764000000019 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE requests_by_email (
        id uuid NOT NULL,
        requester_id text NOT NULL,
        email text NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT requests_by_email_pkey PRIMARY KEY (id),
        CONSTRAINT requests_by_email_key UNIQUE (requester_id, email),
        CONSTRAINT requests_by_email_requester_fkey FOREIGN KEY (requester_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE requests_by_email`);
  }
}
