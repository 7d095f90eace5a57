import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { clientConfig } from '../../src/database/connection.js';
import { Ticker } from '../../src/timer-domain/completions/ticker.js';
import { AT_NOON, type Domain, HandClock, startDomain } from '../support/domain.js';

const NOON = AT_NOON / 1_000;

describe('two tickers', () => {
  let one: Domain;
  let other: Domain;

  beforeAll(async () => {
    const clock = new HandClock(AT_NOON);
    one = await startDomain({ clock });
    other = await startDomain({ clock, connection: one.connection });
  });

  afterAll(async () => {
    await one.close();
    await other.close();
  });

  const sweep = ({ store, clock }: Domain) => new Ticker(store, clock).completeDue();

  /** Both have made it ready, one has, or none. */
  const makeReady = (second: number) =>
    Promise.all([one, other].slice(second % 3).map(({ store }) => store.prepareDue(NOON + second, 30)));

  it('complete 10,000 sessions over a minute, each once and at its target', async () => {
    await one.dataSource.query(
      `WITH made AS (
        INSERT INTO timers (id, room_id, origin, session_type, allocated_duration, status, elapsed_time, started_at,
          running_since, deadline_at, history, revision, created_at, updated_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 'room', 'work', 1 + n % 60, 'running', 0, t, t,
          t + make_interval(secs => 1 + n % 60), jsonb_build_array(jsonb_build_object('action', 'start', 'at', $1::int)), 1, t, t
        FROM generate_series(1, 10000) AS n, (SELECT to_timestamp($1::int) AS t)
        RETURNING id, room_id, deadline_at),
      clocks AS (
        INSERT INTO room_clocks (room_id, name, work_seconds, break_seconds, auto_start_break)
        SELECT room_id, 'a-room', 60, 60, false FROM made)
      INSERT INTO timer_deadlines SELECT id, deadline_at FROM made`,
      [NOON],
    );
    let completed = 0;
    for (let second = 0; second <= 61; second += 1) {
      await makeReady(second);
      one.clock.ms = AT_NOON + second * 1_000;
      const [here, there] = await Promise.all([sweep(one), sweep(other)]);
      completed += here + there;
    }
    expect(completed).toBe(10_000);
    const wrong = await one.dataSource.query<unknown[]>(
      `SELECT * FROM timers t WHERE t.status <> 'completed' OR t.ended_at <> t.started_at + make_interval(secs => allocated_duration)
        OR t.elapsed_time <> allocated_duration OR t.revision <> 2 OR t.deadline_at IS NOT NULL OR t.running_since IS NOT NULL
        OR t.history <> jsonb_build_array(jsonb_build_object('action', 'start', 'at', $1::int), jsonb_build_object(
          'action', 'stop', 'at', $1::int + allocated_duration, 'elapsed', allocated_duration))
        OR (SELECT count(*) FROM timer_changes c WHERE c.timer_id = t.id AND c.revision = 2 AND c.action = 'complete'
          AND c.at = t.ended_at AND c.actor IS NULL) <> 1
        OR (SELECT count(*) FROM timer_changes c WHERE c.timer_id = t.id) <> 1`,
      [NOON],
    );
    expect(wrong).toEqual([]);
    expect(await one.dataSource.query('SELECT count(*)::int AS left FROM timer_deadlines')).toEqual([{ left: 0 }]);
    expect(one.told.length + other.told.length).toBe(10_000);
    // Both did their part: what one was completing, the other left to it.
    expect(Math.min(one.told.length, other.told.length)).toBeGreaterThan(0);
  }, 120_000);

  it('find after a restart what became due meanwhile, and complete it at its target', async () => {
    one.clock.ms = AT_NOON;
    const { id } = await one.create({ roomId: randomUUID(), allocatedDuration: 60 });
    one.clock.ms = AT_NOON + 3_600_000;
    expect(await sweep(other)).toBe(1);
    expect(other.told.at(-1)).toMatchObject({
      action: 'complete',
      at: NOON + 60,
      timer: { id, state: { status: 'completed', endedAt: NOON + 60, elapsed: 60 } },
    });
  });
});

describe('a ticker', () => {
  let app: Domain;
  let roomIds: string[];
  let ids: string[];

  beforeAll(async () => {
    app = await startDomain();
  });

  afterAll(() => app.close());

  /** Three sessions of a minute that are due. */
  beforeEach(async () => {
    app.clock.ms = AT_NOON;
    roomIds = Array.from({ length: 3 }, () => randomUUID());
    const sessions = await Promise.all(roomIds.map((roomId) => app.create({ roomId, allocatedDuration: 60 })));
    ids = sessions.map(({ id }) => id);
    app.clock.ms = AT_NOON + 60_000;
    app.told.length = 0;
  });

  const sweep = () => app.store.completeDue(app.clock.ms, 10);
  const completed = async () => (await sweep()).map(({ timer }) => timer.id);

  it.each(['timers WHERE id = $1', 'room_clocks WHERE room_id = (SELECT room_id FROM timers WHERE id = $1)'])(
    'waits for nobody who holds a row of %s',
    async (held) => {
      const session = new Client(clientConfig(app.connection));
      await session.connect();
      await session.query('BEGIN');
      await session.query(`SELECT FROM ${held} FOR UPDATE`, [ids[1]]);
      const others = await completed().finally(() => session.end());
      expect(others.sort()).toEqual([ids[0], ids[2]].sort());
      expect(await completed()).toEqual([ids[1]]);
    },
  );

  it('passes over a page of sessions that others have in hand', async () => {
    const session = new Client(clientConfig(app.connection));
    await session.connect();
    await session.query('BEGIN');
    await session.query(`SELECT FROM timers WHERE id = ANY ($1) FOR UPDATE`, [ids.toSorted().slice(0, 2)]);
    const found = await app.store.completeDue(app.clock.ms, 2).finally(() => session.end());
    expect(found.map(({ timer }) => timer.id)).toEqual(ids.toSorted().slice(2));
    expect((await completed()).sort()).toEqual(ids.toSorted().slice(0, 2));
  });

  it('completes each session once when it looks twice at the same time', async () => {
    const looks = [1, 2].map((limit) => app.store.completeDue(app.clock.ms, limit));
    const found = (await Promise.all(looks)).flat();
    found.push(...(await sweep()));
    expect(found.map(({ timer }) => timer.id).sort()).toEqual(ids.toSorted());
    expect(await sweep()).toEqual([]);
  });

  it('completes the others of a batch in which one is always refused, and tries that one again a minute later', async () => {
    const [poisoned = '', ...others] = ids;
    await app.dataSource.query(`CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.id = '${poisoned}' THEN RAISE EXCEPTION 'never'; END IF; RETURN NEW; END $$`);
    await app.dataSource.query(
      'CREATE TRIGGER refuse_one BEFORE UPDATE ON timers FOR EACH ROW EXECUTE FUNCTION refuse_one()',
    );
    expect((await completed()).sort()).toEqual(others.toSorted());
    const statement = `SELECT count(*)::int AS n FROM timer_deadlines`;
    expect(await app.dataSource.query(statement)).toEqual([{ n: 1 }]);
    // It does not come back each second.
    app.clock.ms += 59_000;
    await app.dataSource.query('DROP FUNCTION refuse_one() CASCADE');
    expect(await completed()).toEqual([]);
    app.clock.ms += 1_000;
    expect(await completed()).toEqual([poisoned]);
  });

  it('tells and remembers nothing of what could not be committed', async () => {
    await app.dataSource.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'not today'; END $$`);
    await app.dataSource.query(`CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON timers DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION refuse()`);
    expect(await sweep()).toEqual([]);
    const [id = ''] = ids;
    await expect(app.domain.command(id, { roomId: roomIds[0] ?? '' }, 'pause', 'me')).rejects.toThrow('not today');
    expect(app.told).toEqual([]);
    await app.dataSource.query('DROP FUNCTION refuse() CASCADE');
    // Set aside, and tried again a minute later.
    app.clock.ms += 60_000;
    expect((await completed()).sort()).toEqual([...ids].sort());
    expect(app.told.map(({ action, timer }) => [action, timer.revision])).toEqual(ids.map(() => ['complete', 2]));
  });
});

describe('a target', () => {
  let app: Domain;

  beforeAll(async () => {
    app = await startDomain();
  });

  afterAll(() => app.close());

  /** A session of a minute from noon on, and a command that comes this many milliseconds after its target. */
  async function commandAt(offset: number, verb: 'pause' | 'stop' | 'cancel' | 'resume') {
    app.clock.ms = AT_NOON;
    const roomId = randomUUID();
    const { id } = await app.create({ roomId, allocatedDuration: 60 });
    app.clock.ms = AT_NOON + 60_000 + offset;
    const result = await app.domain.command(id, { roomId }, verb, 'me').then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );
    const [row] = await app.dataSource.query<Record<string, unknown>[]>(
      `SELECT status, elapsed_time, revision, history, extract(epoch from ended_at)::int AS ended_at, (SELECT count(*)::int
        FROM timer_deadlines WHERE timer_id = t.id) AS due FROM timers t WHERE id = $1`,
      [id],
    );
    return { result, row, id, roomId };
  }

  const completed = {
    status: 'completed',
    elapsed_time: 60,
    revision: 2,
    ended_at: NOON + 60,
    due: 0,
    history: [
      { action: 'start', at: NOON },
      { action: 'stop', at: NOON + 60, elapsed: 60 },
    ],
  };

  it.each(['pause', 'stop', 'cancel', 'resume'] as const)(
    'wins over a %s that comes at it or after it',
    async (verb) => {
      for (const offset of [0, 1, 3_600_000]) {
        const { result, row, id } = await commandAt(offset, verb);
        expect(result).toBe('ALREADY_ENDED');
        expect(row).toEqual(completed);
        expect(app.told.at(-1)).toMatchObject({ action: 'complete', actor: null, at: NOON + 60, timer: { id } });
      }
    },
  );

  it('lets a pause in a millisecond before it; nothing is left, and a resume completes at its tick', async () => {
    const { result, row, id, roomId } = await commandAt(-1, 'pause');
    expect(result).toBe('done');
    expect(row).toMatchObject({ status: 'paused', elapsed_time: 60, revision: 2, ended_at: null, due: 0 });
    app.clock.ms = AT_NOON + 90_000;
    await app.domain.command(id, { roomId }, 'resume', 'me');
    expect(await app.store.completeDue(app.clock.ms, 10)).toMatchObject([
      { action: 'complete', at: NOON + 90, timer: { id, state: { endedAt: NOON + 90, elapsed: 60 } } },
    ]);
  });

  it('is nothing a person’s timer has', async () => {
    app.clock.ms = AT_NOON;
    const userId = await app.addUser();
    const { id } = await app.create({ userId, allocatedDuration: 1 });
    app.clock.ms = AT_NOON + 100_000;
    expect(await app.store.completeDue(app.clock.ms, 10)).toEqual([]);
    expect((await app.domain.command(id, { userId }, 'stop', userId)).timer.state).toMatchObject({ elapsed: 100 });
  });
});
