import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rooms, their timers, and the history of presence. The timer domain owns a room's timer state (phase lengths, next
 * phase, the revision that clients see), which is therefore separate from the room's name and host.
 */
export class Rooms1764000000006 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE room_clocks (
        room_id uuid NOT NULL,
        name text NOT NULL,
        work_seconds integer NOT NULL,
        break_seconds integer NOT NULL,
        auto_start_break boolean NOT NULL,
        idle_type text NOT NULL DEFAULT 'work',
        revision integer NOT NULL DEFAULT 1,
        CONSTRAINT room_clocks_pkey PRIMARY KEY (room_id),
        CONSTRAINT room_clocks_idle_check CHECK (idle_type IN ('work', 'break'))
      ) WITH (fillfactor = 70)`);
    await queryRunner.query(`
      CREATE TABLE rooms (
        id uuid NOT NULL,
        control text NOT NULL DEFAULT 'everyone',
        host_user_id text,
        host_token_hash bytea NOT NULL,
        share_url text NOT NULL,
        created_at timestamptz NOT NULL,
        used_at timestamptz NOT NULL,
        CONSTRAINT rooms_pkey PRIMARY KEY (id),
        CONSTRAINT rooms_host_fkey FOREIGN KEY (host_user_id) REFERENCES users (id) ON DELETE SET NULL,
        CONSTRAINT rooms_control_check CHECK (control IN ('everyone', 'host'))
      )`);
    await queryRunner.query(`CREATE INDEX rooms_by_host ON rooms (host_user_id)`);
    await queryRunner.query(`CREATE INDEX rooms_by_use ON rooms (used_at)`);
    await queryRunner.query(`
      CREATE TABLE participants (
        id text NOT NULL,
        room_id uuid NOT NULL,
        user_id text,
        token_hash bytea,
        name text NOT NULL,
        is_host boolean NOT NULL DEFAULT false,
        removed boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL,
        CONSTRAINT participants_pkey PRIMARY KEY (room_id, id),
        CONSTRAINT participants_room_fkey FOREIGN KEY (room_id) REFERENCES rooms (id) ON DELETE CASCADE,
        CONSTRAINT participants_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL (user_id)
      )`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX participants_by_token ON participants (token_hash) WHERE token_hash IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE UNIQUE INDEX participants_of_user ON participants (room_id, user_id) WHERE user_id IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX participants_by_user ON participants (user_id) WHERE user_id IS NOT NULL`);
    await queryRunner.query(`
      CREATE TABLE room_presence (
        id uuid NOT NULL,
        room_id uuid NOT NULL,
        participant_id text NOT NULL,
        user_id text,
        instance uuid NOT NULL,
        came_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        went_at timestamptz,
        CONSTRAINT room_presence_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(
      `CREATE INDEX room_presence_open ON room_presence (room_id, participant_id) WHERE went_at IS NULL`,
    );
    await queryRunner.query(`CREATE INDEX room_presence_of_room ON room_presence (room_id, came_at)`);
    await queryRunner.query(
      `CREATE INDEX room_presence_of_user ON room_presence (user_id, room_id, came_at) WHERE user_id IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX room_presence_by_instance ON room_presence (instance) WHERE went_at IS NULL`);
    await queryRunner.query(`
      CREATE TABLE kept_attendances (
        user_id text NOT NULL,
        session_id uuid NOT NULL,
        room_id uuid NOT NULL,
        room_name text NOT NULL,
        session jsonb NOT NULL,
        segments jsonb NOT NULL,
        started_at timestamptz NOT NULL,
        CONSTRAINT kept_attendances_pkey PRIMARY KEY (user_id, session_id),
        CONSTRAINT kept_attendances_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(
      `CREATE INDEX timers_of_room ON timers (room_id, started_at, id) WHERE room_id IS NOT NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX timers_of_room`);
    await queryRunner.query(`DROP TABLE kept_attendances, room_presence, participants, rooms, room_clocks`);
  }
}
