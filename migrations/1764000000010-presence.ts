import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Bounds the data about people in rooms: guests get a time at which they are forgotten, a deleted room is removed in
 * slices, and a member's history has indexes.
 */
export class Presence1764000000010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Has a default, because the previous version also inserts participants while both run.
    await queryRunner.query(`ALTER TABLE participants ADD remembered_from timestamptz NOT NULL DEFAULT now()`);
    await queryRunner.query(`
      UPDATE participants q SET remembered_from = greatest(q.created_at, p.went_at) FROM (
        SELECT q.room_id, q.id, max(p.went_at) AS went_at
        FROM participants q LEFT JOIN room_presence p ON p.room_id = q.room_id AND p.participant_id = q.id
        GROUP BY q.room_id, q.id) p
      WHERE q.room_id = p.room_id AND q.id = p.id`);
    await queryRunner.query(
      `CREATE INDEX participants_waiting ON participants (room_id, remembered_from, id)
       WHERE user_id IS NULL AND token_hash IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX participants_forgotten ON participants (remembered_from) WHERE user_id IS NULL`,
    );
    // A room's participants are deleted in slices after it.
    await queryRunner.query(`ALTER TABLE participants DROP CONSTRAINT participants_room_fkey`);
    await queryRunner.query(`
      CREATE TABLE deleted_rooms (
        room_id uuid NOT NULL,
        deleted_at timestamptz NOT NULL,
        CONSTRAINT deleted_rooms_pkey PRIMARY KEY (room_id)
      )`);
    await queryRunner.query(
      `CREATE INDEX room_presence_of_guests ON room_presence (went_at) WHERE user_id IS NULL AND went_at IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX room_presence_by_end ON room_presence (user_id, coalesce(went_at, 'infinity'), id)
       INCLUDE (room_id, came_at, went_at) WHERE user_id IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX kept_attendances_by_start ON kept_attendances (user_id, ((segments->0->>0)::float8), session_id)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX kept_attendances_by_start, room_presence_by_end, room_presence_of_guests`);
    await queryRunner.query(`DELETE FROM participants q WHERE NOT EXISTS (SELECT FROM rooms r WHERE r.id = q.room_id)`);
    await queryRunner.query(`DROP TABLE deleted_rooms`);
    await queryRunner.query(
      `ALTER TABLE participants ADD CONSTRAINT participants_room_fkey
       FOREIGN KEY (room_id) REFERENCES rooms (id) ON DELETE CASCADE`,
    );
    await queryRunner.query(`DROP INDEX participants_forgotten, participants_waiting`);
    await queryRunner.query(`ALTER TABLE participants DROP COLUMN remembered_from`);
  }
}
