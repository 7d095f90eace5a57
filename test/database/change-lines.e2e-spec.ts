import { Pool } from 'pg';
import { DataSource } from 'typeorm';

import { migrations } from '../../migrations/index.js';
import { readSettings } from '../../src/config/settings.js';
import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { dayName, startOfDay } from '../../src/timer-domain/log/log-partitions.js';
import { migrate } from '../../src/database/migrate.js';
import { ChangeLog } from '../../src/timer-domain/log/change-log.js';
import type { TimerChange } from '../../src/timer-domain/records/timer-change.js';
import { asSuperuser, createDatabase, onCluster } from '../support/database.js';

const BEFORE = 'Rooms1764000000006';
const AT = Date.parse('2026-03-02T12:00:00Z') / 1_000;
const PERSONS = '018f0000-0000-7000-8000-000000000001';
const ROOMS = '018f0000-0000-7000-8000-000000000002';
const ROOM = '4f6f2f0a-3d1c-4c63-9f5e-0c8e4d3a1b22';
const DAY = 'timer_changes_20260302';
/** Somebody who may only read and write rows (docs/security.md); roles are the whole cluster's. */
const ROLE = `rows_${process.pid}`;
const CHANGE = { action: 'start', revision: 2 };

/** As the version before wrote them: the timers, and in the log each as one JSON value. */
const WRITE = [
  `INSERT INTO users (id) VALUES ('somebody')`,
  `INSERT INTO timers (id, user_id, room_id, origin, session_type, title, tag_ids, allocated_duration, status,
     elapsed_time, started_at, running_since, paused_at, deadline_at, history, revision, created_at, updated_at)
   VALUES
     ('${PERSONS}', 'somebody', NULL, 'v1', NULL, 'Algebra', '{${ROOM}}', 60, 'paused', 7, to_timestamp(${AT}), NULL,
       to_timestamp(${AT + 7}), NULL, '[{"action": "start", "at": ${AT}}]', 2, to_timestamp(${AT}), to_timestamp(${AT + 7})),
     ('${ROOMS}', NULL, '${ROOM}', 'room', 'work', NULL, '{}', 60, 'running', 0, to_timestamp(${AT}),
       to_timestamp(${AT}), NULL, to_timestamp(${AT + 60}), '[{"action": "start", "at": ${AT}}]', 1, to_timestamp(${AT}),
       to_timestamp(${AT}))`,
  `CREATE TABLE ${DAY} PARTITION OF timer_changes FOR VALUES FROM ('2026-03-02') TO ('2026-03-03')`,
  `GRANT SELECT, INSERT ON timer_changes TO ${ROLE}`,
  `INSERT INTO timer_changes (logged_at, timer_id, owner, revision, action, at, actor, snapshot)
   SELECT updated_at, id, coalesce(user_id, room_id::text), revision, CASE WHEN room_id IS NULL THEN 'pause' ELSE 'start' END,
     updated_at, user_id, CASE WHEN room_id IS NULL THEN to_jsonb(t) ELSE to_jsonb(t) || '{"room": ${JSON.stringify(CHANGE)}}' END
   FROM timers t ORDER BY id`,
  // Tags are younger than the log.
  `INSERT INTO timer_changes (timer_id, owner, revision, action, at, actor, snapshot)
   SELECT id, user_id, 1, 'start', started_at, user_id, to_jsonb(t) - 'tag_ids' || '{"revision": 1}' FROM timers t
   WHERE room_id IS NULL`,
];
const SNAPSHOTS = `SELECT id::int, snapshot - 'room' AS snapshot, snapshot->'room' AS room FROM timer_changes ORDER BY id`;

const shared = { tagIds: [], scheduleId: null, todoId: null, description: null, visibilityLevel: null };
const times = { allocatedDuration: 60, startedAt: AT, createdAt: AT, history: [{ action: 'start', at: AT }] };
const PERSONS_TIMER = {
  ...shared,
  ...times,
  id: PERSONS,
  userId: 'somebody',
  roomId: null,
  origin: 'v1',
  sessionType: null,
  title: 'Algebra',
  tagIds: [ROOM],
  updatedAt: AT + 7,
  revision: 2,
  state: { status: 'paused', pausedAt: AT + 7, elapsed: 7 },
};
const ROOMS_TIMER = {
  ...shared,
  ...times,
  id: ROOMS,
  userId: null,
  roomId: ROOM,
  origin: 'room',
  sessionType: 'work',
  title: null,
  updatedAt: AT,
  revision: 1,
  state: { status: 'running', runningSince: AT, elapsed: 0 },
};

describe('the migration of the log to columns', () => {
  let connection: DatabaseConnection;
  let pool: Pool;
  let snapshot: string;
  let written: unknown[];

  beforeAll(async () => {
    connection = await createDatabase({ empty: true });
    await migrate(connection, BEFORE);
    pool = new Pool(clientConfig(connection));
    snapshot = (await pool.query<{ now: string }>('SELECT pg_current_snapshot()::text AS now')).rows[0]?.now ?? '';
    await onCluster(`CREATE ROLE ${ROLE}`);
    for (const statement of WRITE) await pool.query(statement);
    written = (await pool.query<object>(SNAPSHOTS)).rows;
    await migrate(connection);
  });
  afterAll(async () => {
    const superuser = new Pool(clientConfig(asSuperuser(connection)));
    await superuser.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
    await superuser.end();
    await pool.end();
  });

  it('carries over what there is, for whoever reads on from a mark', async () => {
    const read: TimerChange[] = [];
    const log = new ChangeLog(pool, readSettings({}));
    await log.readOn({ ...(await log.mark()), snapshot }, (changes) => read.push(...changes));
    expect(read).toEqual([
      { changeId: '1', timer: PERSONS_TIMER, action: 'pause', at: AT + 7, actor: 'somebody' },
      { changeId: '2', timer: ROOMS_TIMER, action: 'start', at: AT, actor: null, room: CHANGE },
      {
        changeId: '3',
        timer: { ...PERSONS_TIMER, tagIds: [], revision: 1 },
        action: 'start',
        at: AT,
        actor: 'somebody',
      },
    ]);
  });

  it('keeps the days, and who may do what', async () => {
    const { rows: days } = await pool.query<object>(
      `SELECT tableoid::regclass::text AS day, count(*)::int AS lines FROM timer_changes GROUP BY 1 ORDER BY 1`,
    );
    expect(days).toEqual([
      { day: DAY, lines: 2 },
      { day: dayName(startOfDay(Date.now())), lines: 1 },
    ]);
    const { rows: rights } = await pool.query<object>(
      `SELECT r AS may, has_table_privilege('${ROLE}', 'timer_changes', r) AS holds
       FROM unnest('{SELECT,INSERT,DELETE}'::text[]) r`,
    );
    expect(rights).toEqual([
      { may: 'SELECT', holds: true },
      { may: 'INSERT', holds: true },
      { may: 'DELETE', holds: false },
    ]);
  });

  it('goes on counting where the log was', async () => {
    const { rows } = await pool.query<{ next: string }>(
      `SELECT nextval(pg_get_serial_sequence('timer_changes', 'id')) AS next`,
    );
    expect(rows).toEqual([{ next: '4' }]);
  });

  it('can be taken back', async () => {
    const dataSource = new DataSource({
      ...dataSourceOptions(connection, { poolSize: 1 }),
      migrations: [...migrations],
    });
    await dataSource.initialize();
    const last = migrations.findIndex(({ name }) => name === BEFORE);
    for (let at = migrations.length - 1; at > last; at -= 1) await dataSource.undoLastMigration();
    await dataSource.destroy();
    const { rows } = await pool.query<{ snapshot: object }>(SNAPSHOTS);
    // A target follows from the times, so no line keeps it.
    expect(rows.map((row) => ({ ...row, snapshot: { ...row.snapshot, deadline_at: null } }))).toEqual(
      written.map((row) => {
        const { snapshot, ...rest } = row as { snapshot: object };
        return { ...rest, snapshot: { tag_ids: [], ...snapshot, deadline_at: null } };
      }),
    );
  });
});
