import { randomUUID } from 'node:crypto';

import { Client, Pool } from 'pg';

import { clientConfig } from '../../src/database/connection.js';
import { type Domain, startDomain } from '../support/domain.js';

/** Others must not notice: far less than the second after which PostgreSQL looks for deadlocks, with room to spare. */
const OTHERS_WITHIN_MS = 2_500;
/** The contract says 3 s. */
const REFUSED_WITHIN_MS = 5_000;
/** With the one that goes before them they are as many as a batch holds. */
const OTHERS = 31;

describe('in a batch of 32', () => {
  let app: Domain;
  let session: Client;
  let userId: string;
  let timers: { id: string }[];

  beforeAll(async () => {
    app = await startDomain();
  });

  afterAll(() => app.close());

  beforeEach(async () => {
    session = new Client({ ...clientConfig(app.connection), query_timeout: 0, lock_timeout: 0 });
    await session.connect();
    userId = await app.addUser();
    timers = await Promise.all(Array.from({ length: OTHERS }, () => app.create({ userId })));
  });

  afterEach(() => session.end());

  const pause = (id: string) => app.domain.command(id, { userId }, 'pause', userId);

  /** Answers with how long each took; the first command goes along in their batch. */
  async function together(commands: (() => Promise<unknown>)[]) {
    const first = app.domain.stopMostRecentlyStarted({ userId: await app.addUser() }).catch(() => undefined);
    const started = performance.now();
    const timed = commands.map(async (command) => {
      const outcome = await command().then(
        () => 'done',
        (error: unknown) => (error as { code: string }).code,
      );
      return { outcome, ms: performance.now() - started };
    });
    await first;
    return timed;
  }

  async function expectOthersDone(answers: Promise<{ outcome: string; ms: number }>[], odd: number[]) {
    const others = await Promise.all(answers.filter((_, index) => !odd.includes(index)));
    expect(others.map(({ outcome }) => outcome)).toEqual(others.map(() => 'done'));
    expect(Math.max(...others.map(({ ms }) => ms))).toBeLessThan(OTHERS_WITHIN_MS);
  }

  const waitingForLocks = async () => {
    const found = await session.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return found.rows[0]?.waiting;
  };

  /** What was under way when its caller was told 503 gives up within moments, not with the lock. */
  async function nobodyWaits() {
    for (let look = 0; look < 50 && (await waitingForLocks()) !== 0; look += 1)
      await session.query('SELECT pg_sleep(0.02)');
    expect(await waitingForLocks()).toBe(0);
  }

  it('a row that somebody holds waits by itself, and is answered when it is let go', async () => {
    await session.query('BEGIN');
    await session.query('SELECT FROM timers WHERE id = $1 FOR UPDATE', [timers[7]?.id]);
    const answers = await together(
      timers.map(
        ({ id }) =>
          () =>
            pause(id),
      ),
    );
    await expectOthersDone(answers, [7]);
    await session.query('COMMIT');
    expect((await answers[7])?.outcome).toBe('done');
    // The connection it waited on is as patient as the others again.
    const pool = app.app.get(Pool);
    const all = await Promise.all(
      Array.from({ length: pool.totalCount }, () => pool.query<{ lock_timeout: string }>('SHOW lock_timeout')),
    );
    expect(new Set(all.map(({ rows }) => rows[0]?.lock_timeout))).toEqual(new Set(['2s']));
  });

  it('a row that somebody holds takes nobody out of the one commit of the others', async () => {
    await session.query('BEGIN');
    await session.query('SELECT FROM timers WHERE id = $1 FOR UPDATE', [timers[7]?.id]);
    const answers = await together(
      timers.map(
        ({ id }) =>
          () =>
            pause(id),
      ),
    );
    await expectOthersDone(answers, [7]);
    await session.query('COMMIT');
    await answers[7];
    const commits = await app.dataSource.query<{ written: number }[]>(
      `SELECT count(*)::int AS written FROM timer_changes WHERE timer_id = ANY($1) AND action = 'pause'
        GROUP BY transaction_id ORDER BY 1`,
      [timers.map(({ id }) => id)],
    );
    expect(commits).toEqual([{ written: 1 }, { written: OTHERS - 1 }]);
  });

  it('a row that stays held is refused in time, and nothing comes of it later', async () => {
    await session.query('BEGIN');
    await session.query('SELECT FROM timers WHERE id = $1 FOR UPDATE', [timers[3]?.id]);
    const answers = await together(
      timers.map(
        ({ id }) =>
          () =>
            pause(id),
      ),
    );
    const held = await answers[3];
    expect(held?.outcome).toBe('SERVICE_UNAVAILABLE');
    expect(held?.ms).toBeLessThan(REFUSED_WITHIN_MS);
    await expectOthersDone(answers, [3]);
    // A command that came behind it and was still queued is withdrawn as well.
    const behind = pause(timers[3]?.id ?? '').catch((error: unknown) => (error as { code: string }).code);
    expect(await behind).toBe('SERVICE_UNAVAILABLE');
    await nobodyWaits();
    await session.query('COMMIT');
    await expect(app.domain.command(timers[3]?.id ?? '', { userId }, 'resume', userId)).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
    });
  }, 20_000);

  it('a timer is written once, though two commands come to it by different ways', async () => {
    const owner = await app.addUser();
    const { id } = await app.create({ userId: owner });
    const answers = await together([
      () => app.domain.command(id, { userId: owner }, 'pause', owner),
      () => app.domain.stopMostRecentlyStarted({ userId: owner }),
    ]);
    const outcomes = (await Promise.all(answers)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['done', 'NOTHING_RUNNING']);
    expect(await app.store.load(id)).toMatchObject({ revision: 2, state: { status: 'paused' } });
  });

  it('a shutdown waits for, and its changes are told before', async () => {
    const answers = timers.map(({ id }) => pause(id));
    await app.store.onApplicationShutdown();
    const ids = timers.map(({ id }) => id);
    const told = app.told.filter(({ action, timer }) => action === 'pause' && ids.includes(timer.id));
    expect(told).toHaveLength(OTHERS);
    await Promise.all(answers);
  });

  it('a title PostgreSQL refuses and a person who is none fail alone', async () => {
    const people = await Promise.all(Array.from({ length: OTHERS }, () => app.addUser()));
    const start = (index: number) => {
      const title = index === 5 ? 'nul \0 inside' : `title ${index}`;
      return app.domain.startWhenIdle({ userId: index === 9 ? randomUUID() : (people[index] ?? ''), title });
    };
    const answers = await together(people.map((_, index) => () => start(index)));
    await expectOthersDone(answers, [5, 9]);
    expect((await answers[5])?.outcome).toBe('22021');
    expect((await answers[9])?.outcome).toBe('23503');
  });

  it('a start that another instance has under way fails or waits alone', async () => {
    const people = await Promise.all(Array.from({ length: OTHERS }, () => app.addUser()));
    await session.query('BEGIN');
    await session.query(
      `INSERT INTO timers (id, user_id, origin, title, allocated_duration, status, elapsed_time, started_at, running_since,
        history, revision, created_at, updated_at)
      VALUES ($1, $2, 'legacy', 'theirs', 0, 'running', 0, now(), now(), '[]', 1, now(), now())`,
      [randomUUID(), people[4]],
    );
    const answers = await together(people.map((id) => () => app.domain.startWhenIdle({ userId: id, title: 'x' })));
    await expectOthersDone(answers, [4]);
    await session.query('COMMIT');
    expect((await answers[4])?.outcome).toBe('SOMETHING_RUNNING');
  });

  it('a deadlock with another instance harms neither', async () => {
    const people = await Promise.all(Array.from({ length: OTHERS }, () => app.addUser()));
    const [first = '', ...rest] = [...people].sort();
    const last = rest.at(-1) ?? '';
    const insert = (user: string) =>
      session.query(
        `INSERT INTO timers (id, user_id, origin, title, allocated_duration, status, elapsed_time, started_at, running_since,
          history, revision, created_at, updated_at)
        VALUES ($1, $2, 'legacy', 'theirs', 0, 'running', 0, now(), now(), '[]', 1, now(), now())`,
        [randomUUID(), user],
      );
    // They hold the last person and then want the first, whom our batch holds while it waits for the last.
    await session.query('BEGIN');
    await insert(last);
    const answers = await together(people.map((id) => () => app.domain.startWhenIdle({ userId: id, title: 'x' })));
    const theirs = await insert(first).then(
      () => 'inserted',
      (error: unknown) => (error as { code: string }).code,
    );
    await session.query(theirs === 'inserted' ? 'COMMIT' : 'ROLLBACK');
    const odd = [people.indexOf(first), people.indexOf(last)];
    await expectOthersDone(answers, odd);
    for (const index of odd) expect(['done', 'SOMETHING_RUNNING']).toContain((await answers[index])?.outcome);
    const live = await app.dataSource.query<{ user_id: string; live: number }[]>(
      'SELECT user_id, count(*)::int AS live FROM timers WHERE user_id = ANY($1) AND ended_at IS NULL GROUP BY 1',
      [people],
    );
    expect(live.map(({ live: count }) => count)).toEqual(people.map(() => 1));
  });
});
