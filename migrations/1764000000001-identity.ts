import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users, the tokens of the legacy API (stored as SHA-256), and mailed codes (stored hashed). */
export class Identity1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE users (
        id text NOT NULL,
        email text,
        display_name text,
        password_hash text,
        email_proven_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT users_pkey PRIMARY KEY (id),
        CONSTRAINT users_email_key UNIQUE (email)
      )`);
    await queryRunner.query(`
      CREATE TABLE legacy_tokens (
        id uuid NOT NULL,
        user_id text NOT NULL,
        token_hash bytea NOT NULL,
        label text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        calls bigint NOT NULL DEFAULT 0,
        CONSTRAINT legacy_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT legacy_tokens_hash_key UNIQUE (token_hash),
        CONSTRAINT legacy_tokens_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX legacy_tokens_by_user ON legacy_tokens (user_id)`);
    await queryRunner.query(`
      CREATE TABLE mailed_codes (
        id uuid NOT NULL,
        email text NOT NULL,
        purpose text NOT NULL,
        code_hash bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        tries integer NOT NULL DEFAULT 0,
        used_at timestamptz,
        CONSTRAINT mailed_codes_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`CREATE INDEX mailed_codes_by_email ON mailed_codes (email, created_at)`);
    await queryRunner.query(`CREATE INDEX mailed_codes_by_age ON mailed_codes (created_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE mailed_codes, legacy_tokens, users`);
  }
}
