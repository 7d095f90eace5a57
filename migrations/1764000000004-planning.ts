import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tags, schedules and todos, and who may read whose items. Tags are arrays in the rows that carry them: a row and its
 * set of tags change together, and "has all of these" is one index lookup. Ids of friends, and of timers' schedules and
 * todos, have no foreign key: a block outlives the user it names, and timers are unlinked in slices after a schedule
 * was deleted (docs/architecture.md#architecture).
 */
export class Planning1764000000004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE tag_groups (
        id uuid NOT NULL,
        owner_id text NOT NULL,
        name text NOT NULL,
        color text NOT NULL,
        description text,
        goal_ratios jsonb,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT tag_groups_pkey PRIMARY KEY (id),
        CONSTRAINT tag_groups_owner_fkey FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX tag_groups_by_owner ON tag_groups (owner_id)`);
    await queryRunner.query(`
      CREATE TABLE tags (
        id uuid NOT NULL,
        owner_id text NOT NULL,
        group_id uuid NOT NULL,
        name text NOT NULL,
        color text NOT NULL,
        description text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT tags_pkey PRIMARY KEY (id),
        CONSTRAINT tags_name_key UNIQUE (group_id, name),
        CONSTRAINT tags_owner_fkey FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT tags_group_fkey FOREIGN KEY (group_id) REFERENCES tag_groups (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX tags_by_owner ON tags (owner_id)`);
    await queryRunner.query(`
      CREATE TABLE todos (
        id uuid NOT NULL,
        owner_id text NOT NULL,
        title text NOT NULL,
        description text,
        deadline timestamptz,
        tag_group_id uuid NOT NULL,
        parent_id uuid,
        status text NOT NULL,
        tag_ids uuid[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT todos_pkey PRIMARY KEY (id),
        CONSTRAINT todos_owner_fkey FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT todos_group_fkey FOREIGN KEY (tag_group_id) REFERENCES tag_groups (id) ON DELETE CASCADE,
        CONSTRAINT todos_parent_fkey FOREIGN KEY (parent_id) REFERENCES todos (id) ON DELETE SET NULL,
        CONSTRAINT todos_status_check CHECK (status IN ('UNSCHEDULED', 'SCHEDULED', 'DONE', 'CANCELLED'))
      )`);
    await queryRunner.query(`CREATE INDEX todos_by_owner ON todos (owner_id, created_at, id)`);
    await queryRunner.query(`CREATE INDEX todos_by_parent ON todos (parent_id)`);
    await queryRunner.query(`CREATE INDEX todos_by_group ON todos (tag_group_id)`);
    await queryRunner.query(`CREATE INDEX todos_by_tag ON todos USING gin (tag_ids)`);
    await queryRunner.query(`
      CREATE TABLE schedules (
        id uuid NOT NULL,
        owner_id text NOT NULL,
        title text NOT NULL,
        description text,
        start_time timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        recurrence_rule text,
        recurrence_end timestamptz,
        tag_group_id uuid,
        source_todo_id uuid,
        state text NOT NULL,
        tag_ids uuid[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT schedules_pkey PRIMARY KEY (id),
        CONSTRAINT schedules_owner_fkey FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT schedules_group_fkey FOREIGN KEY (tag_group_id) REFERENCES tag_groups (id) ON DELETE SET NULL,
        CONSTRAINT schedules_todo_fkey FOREIGN KEY (source_todo_id) REFERENCES todos (id) ON DELETE SET NULL,
        CONSTRAINT schedules_state_check CHECK (state IN ('PLANNED', 'CONFIRMED', 'CANCELLED')),
        CONSTRAINT schedules_times_check CHECK (end_time > start_time)
      )`);
    await queryRunner.query(`CREATE INDEX schedules_by_owner ON schedules (owner_id, start_time, id)`);
    await queryRunner.query(`CREATE INDEX schedules_masters ON schedules (owner_id) WHERE recurrence_rule IS NOT NULL`);
    await queryRunner.query(`CREATE INDEX schedules_by_todo ON schedules (source_todo_id)`);
    await queryRunner.query(`CREATE INDEX schedules_by_group ON schedules (tag_group_id)`);
    await queryRunner.query(`CREATE INDEX schedules_by_tag ON schedules USING gin (tag_ids)`);
    await queryRunner.query(`
      CREATE TABLE schedule_exceptions (
        master_id uuid NOT NULL,
        original_start timestamptz NOT NULL,
        deleted boolean NOT NULL DEFAULT false,
        title text,
        description text,
        start_time timestamptz,
        end_time timestamptz,
        tag_ids uuid[],
        CONSTRAINT schedule_exceptions_pkey PRIMARY KEY (master_id, original_start),
        CONSTRAINT schedule_exceptions_master_fkey FOREIGN KEY (master_id) REFERENCES schedules (id) ON DELETE CASCADE,
        CONSTRAINT schedule_exceptions_times_check CHECK (end_time > start_time)
      )`);
    await queryRunner.query(`CREATE INDEX schedule_exceptions_by_tag ON schedule_exceptions USING gin (tag_ids)`);
    await queryRunner.query(`
      CREATE TABLE friendships (
        id uuid NOT NULL,
        requester_id text NOT NULL,
        addressee_id text NOT NULL,
        status text NOT NULL,
        accepted_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT friendships_pkey PRIMARY KEY (id),
        CONSTRAINT friendships_status_check CHECK (status IN ('pending', 'accepted', 'blocked'))
      )`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX friendships_pair ON friendships (least(requester_id, addressee_id), greatest(requester_id, addressee_id))`,
    );
    await queryRunner.query(`CREATE INDEX friendships_by_requester ON friendships (requester_id)`);
    await queryRunner.query(`CREATE INDEX friendships_by_addressee ON friendships (addressee_id)`);
    await queryRunner.query(`
      CREATE TABLE blocks (
        blocker_id text NOT NULL,
        blocked_id text NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT blocks_pkey PRIMARY KEY (blocker_id, blocked_id)
      )`);
    await queryRunner.query(`CREATE INDEX blocks_by_blocked ON blocks (blocked_id)`);
    await queryRunner.query(`
      CREATE TABLE visibility_settings (
        id uuid NOT NULL,
        resource_type text NOT NULL,
        resource_id uuid NOT NULL,
        owner_id text NOT NULL,
        level text NOT NULL,
        allowed_user_ids text[] NOT NULL DEFAULT '{}',
        allowed_emails text[] NOT NULL DEFAULT '{}',
        allowed_domains text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT visibility_settings_pkey PRIMARY KEY (id),
        CONSTRAINT visibility_settings_resource_key UNIQUE (resource_type, resource_id),
        CONSTRAINT visibility_settings_owner_fkey FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT visibility_settings_type_check CHECK (resource_type IN ('schedule', 'timer', 'todo')),
        CONSTRAINT visibility_settings_level_check
          CHECK (level IN ('private', 'friends', 'selected', 'allowed_emails', 'public'))
      )`);
    await queryRunner.query(
      `CREATE INDEX visibility_settings_by_owner ON visibility_settings (owner_id, resource_type)`,
    );
    await queryRunner.query(
      `CREATE INDEX visibility_settings_by_user ON visibility_settings USING gin (allowed_user_ids)`,
    );
    await queryRunner.query(
      `CREATE INDEX visibility_settings_by_email ON visibility_settings USING gin (allowed_emails)`,
    );
    await queryRunner.query(
      `CREATE INDEX visibility_settings_by_domain ON visibility_settings USING gin (allowed_domains)`,
    );
    await queryRunner.query(`
      ALTER TABLE timers
        ADD COLUMN schedule_id uuid,
        ADD COLUMN todo_id uuid,
        ADD COLUMN tag_ids uuid[] NOT NULL DEFAULT '{}',
        ADD COLUMN visibility_level text`);
    await queryRunner.query(
      `CREATE INDEX timers_by_schedule ON timers (schedule_id, created_at, id) WHERE schedule_id IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX timers_by_todo ON timers (todo_id, created_at, id) WHERE todo_id IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX timers_by_tag ON timers USING gin (tag_ids) WHERE tag_ids <> '{}'`);
    await queryRunner.query(`
      CREATE TABLE timer_edits (
        timer_id uuid NOT NULL,
        revision integer NOT NULL,
        at timestamptz NOT NULL,
        snapshot jsonb NOT NULL,
        CONSTRAINT timer_edits_pkey PRIMARY KEY (timer_id, revision)
      )`);
    await queryRunner.query(`
      CREATE TABLE timer_unlinks (
        link text NOT NULL,
        target_id uuid NOT NULL,
        actor text,
        CONSTRAINT timer_unlinks_pkey PRIMARY KEY (link, target_id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE timer_unlinks, timer_edits`);
    await queryRunner.query(`
      ALTER TABLE timers DROP COLUMN schedule_id, DROP COLUMN todo_id, DROP COLUMN tag_ids, DROP COLUMN visibility_level`);
    await queryRunner.query(
      `DROP TABLE visibility_settings, blocks, friendships, schedule_exceptions, schedules, todos, tags, tag_groups`,
    );
  }
}
