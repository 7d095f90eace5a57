import { randomUUID } from 'node:crypto';

import { Pool, type QueryConfig } from 'pg';

import { Transactions } from '../../src/database/transactions.js';
import type { TimerChange } from '../../src/timer-domain/changes/timer-change.js';
import { ChangeLog } from '../../src/timer-domain/changes/change-log.js';
import { ChangeLogRetention } from '../../src/timer-domain/changes/change-log-retention.js';
import { startTimer } from '../../src/timer-domain/rules/timer.js';
import { AT_NOON, type Domain, startDomain } from './support.js';

/** Lines of no timer in particular. */
const LINES = `INSERT INTO timer_changes (timer_id, revision, action, at, logged_at, origin, tag_ids, allocated_duration,
  status, elapsed_time, started_at, created_at, updated_at, history)`;
const KEPT = `'v1', '{}', 0, 'running', 0, now(), now(), now(), '[]'`;

describe('the change log', () => {
  let app: Domain;
  let log: ChangeLog;

  beforeAll(async () => {
    app = await startDomain();
    log = app.app.get(ChangeLog);
  });

  afterAll(() => app.close());

  /** A reader that goes on from where it was. */
  async function reader() {
    let mark = await log.mark();
    return async () => {
      const read: TimerChange[] = [];
      mark = await log.readOn(mark, (changes) => read.push(...changes));
      return read;
    };
  }

  function newTimer(userId: string) {
    const chosen = { sessionType: null, title: 'held', description: null, allocatedDuration: 60, roomId: null };
    return startTimer({ id: randomUUID(), userId, origin: 'v1', ...chosen }, AT_NOON / 1_000);
  }

  it('gives a reader each change once, also one that drew its id first and committed last', async () => {
    const userId = await app.addUser();
    const readOn = await reader();
    const held = newTimer(userId);
    let commit: () => void = () => undefined;
    const written = new Promise<void>((resolveWritten) => {
      void app.app.get(Transactions).run(async (transaction) => {
        await app.store.within(transaction).start(held, userId);
        resolveWritten();
        await new Promise<void>((resolve) => (commit = resolve));
      });
    });
    await written;
    const quick = await app.create({ userId });
    expect((await readOn()).map(({ timer }) => timer.id)).toEqual([quick.id]);
    expect(await readOn()).toEqual([]);
    const quicker = await app.create({ userId });
    expect((await readOn()).map(({ timer }) => timer.id)).toEqual([quicker.id]);
    expect(app.told.map(({ timer }) => timer.id)).not.toContain(held.id);
    commit();
    await app.dataSource.query('SELECT pg_sleep(0.05)');
    const [late, ...more] = await readOn();
    expect(late).toMatchObject({ action: 'start', actor: userId, at: AT_NOON / 1_000, timer: held });
    expect(more).toEqual([]);
    expect(await readOn()).toEqual([]);
    expect(app.told.map(({ timer }) => timer.id)).toContain(held.id);
  });

  it('leaves what is committed while it reads to the next reading', async () => {
    const userId = await app.addUser();
    const pool = app.app.get(Pool);
    const meanwhile: string[] = [];
    const query = async (statement: string | QueryConfig) => {
      const found = await pool.query(statement);
      if (typeof statement === 'string') meanwhile.push((await app.create({ userId })).id);
      return found;
    };
    const busy = new ChangeLog({ query } as unknown as Pool);
    const read: string[] = [];
    const handOver = (changes: readonly TimerChange[]) => read.push(...changes.map(({ timer }) => timer.id));
    const next = await busy.readOn(await log.mark(), handOver);
    expect(meanwhile).toHaveLength(1);
    expect(read).toEqual([]);
    await log.readOn(next, handOver);
    expect(read).toEqual(meanwhile);
  });

  it('answers whoever asks in the same turn what is new of a timer with one statement', async () => {
    const userId = await app.addUser();
    const mark = await log.mark();
    const timers = [await app.create({ userId }), await app.create({ userId })];
    for (const { id } of timers) await app.domain.command(id, { userId }, 'pause', userId);
    const query = jest.fn((statement: QueryConfig) => app.app.get(Pool).query(statement));
    const counted = new ChangeLog({ query } as unknown as Pool);
    const found = await Promise.all(timers.map(({ id }) => counted.sinceOf(id, mark)));
    expect(
      found.map((changes) => changes.map(({ timer: { id, revision }, action }) => [id, revision, action])),
    ).toEqual(
      timers.map(({ id }) => [
        [id, 1, 'start'],
        [id, 2, 'pause'],
      ]),
    );
    expect(query).toHaveBeenCalledTimes(1);
    const [id = ''] = timers.map((timer) => timer.id);
    expect(await counted.sinceOf(id, await log.mark())).toEqual([]);
    expect(query).toHaveBeenCalledTimes(2);
  });

  it('keeps every column that a timer has', async () => {
    const columnsOf = async (table: string) => {
      const rows = await app.dataSource.query<{ name: string }[]>(
        `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
        [table],
      );
      return rows.map(({ name }) => name);
    };
    const kept = await columnsOf('timer_changes');
    // Whose it is, is the line's owner; the target follows from the times.
    expect((await columnsOf('timers')).filter((column) => !kept.includes(column))).toEqual([
      'user_id',
      'room_id',
      'deadline_at',
    ]);
  });

  it('reads more than a page, in order and without gaps', async () => {
    const userId = await app.addUser();
    const readOn = await reader();
    await app.dataSource.query(
      `${LINES} SELECT gen_random_uuid(), n, 'start', now(), now(), ${KEPT} FROM generate_series(1, 2500) n`,
    );
    const { id } = await app.create({ userId });
    const read = await readOn();
    expect(read).toHaveLength(2_501);
    expect(read.at(-1)?.timer.id).toBe(id);
    const ids = read.map(({ changeId }) => BigInt(changeId));
    expect(ids).toEqual([...ids].sort((a, b) => Number(a - b)));
  });

  it('leaves out what is known already, over more than a page', async () => {
    const mark = await log.mark();
    const rows = await app.dataSource.query<{ id: string }[]>(
      `${LINES} SELECT gen_random_uuid(), n, 'start', now(), now(), ${KEPT} FROM generate_series(1, 2500) n RETURNING id`,
    );
    const known = rows.filter((_, index) => index % 5 > 0 && index !== 2_499).map(({ id }) => id);
    const read: TimerChange[] = [];
    await log.readOn(mark, (changes) => read.push(...changes), known);
    expect(read.map(({ changeId }) => changeId)).toEqual(
      rows.map(({ id }) => id).filter((id) => !new Set(known).has(id)),
    );
    await log.readOn(
      mark,
      (changes) => read.push(...changes),
      rows.map(({ id }) => id),
    );
    expect(read).toHaveLength(501);
  });

  it('tells nothing of what is rolled back', async () => {
    const userId = await app.addUser();
    const readOn = await reader();
    const before = app.told.length;
    const given = app.app.get(Transactions).run(async (transaction) => {
      await app.store.within(transaction).start(newTimer(userId), userId);
      throw new Error('rolled back');
    });
    await expect(given).rejects.toThrow('rolled back');
    expect(await readOn()).toEqual([]);
    expect(app.told).toHaveLength(before);
  });

  it('tells nothing before the commit, and lets a listener’s failure harm nobody', async () => {
    const userId = await app.addUser();
    const { id } = await app.create({ userId });
    const readOn = await reader();
    await app.domain.command(id, { userId }, 'pause', userId);
    expect(await readOn()).toMatchObject([{ action: 'pause', timer: { id, revision: 2 } }]);
    expect(app.told.at(-1)).toMatchObject({ action: 'pause', timer: { id, revision: 2 } });
  });

  it('keeps what has no day of its own as long as the rest', async () => {
    const loggedAt = [6.9, 7.1].map((days) => new Date(Date.now() - days * 86_400_000));
    const ids = await app.dataSource.query<{ timer_id: string }[]>(
      `${LINES} SELECT gen_random_uuid(), 1, 'start', t, t, ${KEPT} FROM unnest($1::timestamptz[]) AS t RETURNING timer_id`,
      [loggedAt],
    );
    await app.app.get(ChangeLogRetention).maintain();
    const kept = await app.dataSource.query<unknown[]>(
      'SELECT timer_id FROM timer_changes_default WHERE timer_id = ANY($1)',
      [ids.map(({ timer_id: id }) => id)],
    );
    expect(kept).toEqual([ids[0]]);
  });

  it('keeps the days ahead ready and drops days that are too old', async () => {
    const retention = app.app.get(ChangeLogRetention);
    const days = async () => {
      const found = await app.dataSource.query<{ name: string }[]>(
        `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
          WHERE i.inhparent = 'timer_changes'::regclass ORDER BY 1`,
      );
      return found.map(({ name }) => name);
    };
    const named = (day: number) => `timer_changes_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    expect(await days()).toEqual([
      ...Array.from({ length: 8 }, (_, ahead) => named(today + ahead * 86_400_000)),
      'timer_changes_default',
    ]);
    const inNineDays = today + 9 * 86_400_000;
    await retention.maintain(inNineDays);
    // Kept: seven days back from then, so from the day after tomorrow on.
    expect((await days())[0]).toBe(named(today + 2 * 86_400_000));
    await retention.maintain(inNineDays);
    // Six of the first eight, eight more from then on, and the default.
    expect(await days()).toHaveLength(15);
  });
});
