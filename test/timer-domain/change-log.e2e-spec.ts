import { randomUUID } from 'node:crypto';

import { Client, Pool, type PoolClient, type QueryConfig } from 'pg';

import { LogLostError } from '../../src/database/committed-log.js';
import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import { Transactions } from '../../src/database/transactions.js';
import type { TimerChange } from '../../src/timer-domain/records/timer-change.js';
import { BEFORE_DAYS, dayName, REST } from '../../src/timer-domain/log/log-partitions.js';
import { ChangeLog } from '../../src/timer-domain/log/change-log.js';
import { ChangeLogRetention } from '../../src/timer-domain/log/change-log-retention.js';
import { startTimer } from '../../src/timer-domain/rules/timer.js';
import { createDatabase } from '../support/database.js';
import { AT_NOON, type Domain, startDomain } from '../support/domain.js';

/** Lines of no timer in particular. */
const LINES = `INSERT INTO timer_changes (timer_id, revision, action, at, logged_at, origin, tag_ids, allocated_duration,
  status, elapsed_time, started_at, created_at, updated_at, history)`;
const KEPT = `'v1', '{}', 0, 'running', 0, now(), now(), now(), '[]'`;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that scans of tables and indexes gave or threw away. */
function scannedBy(node: PlanNode): number {
  const own = /^(Index|Seq|Bitmap Heap)/.test(node['Node Type'])
    ? node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
    : 0;
  return (node.Plans ?? []).reduce((sum, inner) => sum + scannedBy(inner), own);
}

type PageQuery = QueryConfig<unknown[]>;

async function rowsScannedBy(client: PoolClient, { text, values = [] }: PageQuery): Promise<number> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>({
    text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
    values,
  });
  return rows.reduce((sum, row) => sum + scannedBy(row['QUERY PLAN'][0].Plan), 0);
}

/** @returns how to end it */
async function holdTransaction(connection: DatabaseConnection): Promise<() => Promise<void>> {
  const client = new Client(clientConfig(connection));
  await client.connect();
  await client.query('BEGIN; SELECT pg_current_xact_id()');
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}

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
    const query = async (statement: string) => {
      const found = await pool.query(statement);
      meanwhile.push((await app.create({ userId })).id);
      return found;
    };
    const busy = new ChangeLog({ query, connect: () => pool.connect() } as unknown as Pool, app.settings);
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
    const counted = new ChangeLog({ query } as unknown as Pool, app.settings);
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

  /** Rows that the pages of one reading went through. */
  async function rowsScanned(read: (log: ChangeLog) => Promise<unknown>): Promise<number[]> {
    const pool = app.app.get(Pool);
    const scanned: number[] = [];
    const connect = async () => {
      const client = await pool.connect();
      const query = async (statement: string | PageQuery) => {
        if (typeof statement !== 'string') scanned.push(await rowsScannedBy(client, statement));
        return client.query(statement);
      };
      return {
        query,
        release: () => {
          client.release();
        },
      };
    };
    const query = (statement: string) => pool.query(statement);
    await read(new ChangeLog({ query, connect } as unknown as Pool, app.settings));
    return scanned;
  }

  it('reads each page from where the one before it ended', async () => {
    const mark = await log.mark();
    await app.dataSource.query(
      `${LINES} SELECT gen_random_uuid(), n, 'start', now(), now(), ${KEPT} FROM generate_series(1, 4500) n`,
    );
    const pages = await rowsScanned((counted) => counted.readOn(mark, () => undefined));
    expect(pages).toHaveLength(5);
    expect(Math.max(...pages)).toBeLessThanOrEqual(1_001);
  });

  it('a transaction that stays open, also in another database, makes no look dearer', async () => {
    const holders = await Promise.all([app.connection, await createDatabase()].map(holdTransaction));
    await app.dataSource.query(
      `${LINES} SELECT gen_random_uuid(), n, 'start', now(), now(), ${KEPT} FROM generate_series(1, 2500) n`,
    );
    const mark = await log.mark();
    expect(mark.snapshot.split(':')[2]?.split(',').length).toBeGreaterThanOrEqual(2);
    const { id } = await app.create({ userId: await app.addUser() });
    const read: TimerChange[] = [];
    const pages = await rowsScanned((counted) => counted.readOn(mark, (changes) => read.push(...changes)));
    expect(read.map(({ timer }) => timer.id)).toEqual([id]);
    expect(pages.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(2);
    await Promise.all(holders.map((release) => release()));
  });

  it('finds what a transaction wrote that was open over several looks, in pages', async () => {
    const readOn = await reader();
    const client = new Client(clientConfig(app.connection));
    await client.connect();
    await client.query('BEGIN');
    await client.query(
      `${LINES} SELECT gen_random_uuid(), n, 'start', now(), now(), ${KEPT} FROM generate_series(1, 2500) n`,
    );
    expect(await readOn()).toEqual([]);
    const { id } = await app.create({ userId: await app.addUser() });
    expect((await readOn()).map(({ timer }) => timer.id)).toEqual([id]);
    await client.query('COMMIT');
    await client.end();
    const late = await readOn();
    expect(late.map(({ timer }) => timer.revision)).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
    expect(await readOn()).toEqual([]);
  });

  it('says so instead of reading on in another log, or from a mark of what is to come', async () => {
    const mark = await log.mark();
    const end = Number(mark.snapshot.split(':')[1]) + 1_000;
    for (const wrong of [
      { log: '0123456789abcdef' },
      { snapshot: `${end}:${end}:` },
      { at: mark.at - 8 * 86_400_000 },
    ]) {
      await expect(log.readOn({ ...mark, ...wrong }, () => undefined)).rejects.toThrow(LogLostError);
    }
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

  const retention = () => app.app.get(ChangeLogRetention);
  const namedDay = (day: number) => `timer_changes_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const DAY = 86_400_000;
  const today = () => Math.floor(Date.now() / DAY) * DAY;

  /** The log's partitions, in the order of their names. */
  async function days(): Promise<string[]> {
    const found = await app.dataSource.query<{ name: string }[]>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'timer_changes'::regclass ORDER BY 1`,
    );
    return found.map(({ name }) => name);
  }

  async function logAt(...instants: number[]): Promise<string[]> {
    const ids = await app.dataSource.query<{ timer_id: string }[]>(
      `${LINES} SELECT gen_random_uuid(), 1, 'start', t, t, ${KEPT} FROM unnest($1::timestamptz[]) AS t RETURNING timer_id`,
      [instants.map((instant) => new Date(instant))],
    );
    return ids.map(({ timer_id: id }) => id);
  }

  async function kept(ids: readonly string[]): Promise<string[]> {
    const found = await app.dataSource.query<{ timer_id: string }[]>(
      'SELECT timer_id FROM timer_changes WHERE timer_id = ANY ($1)',
      [ids],
    );
    return found.map(({ timer_id: id }) => id);
  }

  it('keeps what has no day of its own as long as the rest', async () => {
    const ids = await logAt(Date.now() - 6.9 * DAY, Date.now() - 7.1 * DAY);
    await retention().maintain();
    expect(await kept(ids)).toEqual([ids[0]]);
  });

  it('goes by the database’s clock, whatever the machine’s says', async () => {
    const ids = await logAt(Date.now());
    const before = await days();
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 30 * DAY);
    await retention().maintain();
    jest.restoreAllMocks();
    expect(await kept(ids)).toEqual(ids);
    expect(await days()).toEqual(before);
  });

  it('makes no command wait for a reader that a day’s end has to wait for', async () => {
    const userId = await app.addUser();
    await retention().maintain(today() + 3 * DAY);
    const reader = new Client(clientConfig(app.connection));
    await reader.connect();
    await reader.query('BEGIN; SELECT count(*) FROM timer_changes');
    let isOver = false;
    // There are days to make as well.
    const tidying = retention()
      .maintain(Date.now() + 8.5 * DAY)
      .finally(() => (isOver = true));
    const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'metronome-change-log'
      AND wait_event_type = 'Lock'`;
    while ((await app.dataSource.query<object[]>(waits)).length === 0) await app.create({ userId });
    for (let commands = 0; commands < 20; commands += 1) await app.create({ userId });
    const blocked = await app.dataSource.query<object[]>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
         AND application_name <> 'metronome-change-log'`,
    );
    expect([isOver, blocked]).toEqual([false, []]);
    await reader.query('COMMIT');
    await reader.end();
    await tidying;
    expect(await days()).not.toContain(namedDay(today()));
  });

  it('knows where it begins: who resumes from before asks for the state', async () => {
    const early = await log.mark();
    const [id] = await logAt(today() + 9 * DAY);
    const late = await log.mark();
    expect([await log.reaches(early), await log.reaches(late)]).toEqual([true, true]);
    await retention().maintain(Date.now() + 18 * DAY);
    expect(await kept([id ?? ''])).toEqual([]);
    expect([await log.reaches(early), await log.reaches(late)]).toEqual([false, true]);
  });

  it('goes on with what was left half done', async () => {
    const [day = ''] = (await days()).filter((name) => /_\d{8}$/.test(name));
    await app.dataSource.query(`ALTER TABLE timer_changes DETACH PARTITION ${REST} CONCURRENTLY`);
    const reader = new Client(clientConfig(app.connection));
    const cut = new Client(clientConfig(app.connection));
    await Promise.all([reader.connect(), cut.connect()]);
    await reader.query('BEGIN; SELECT count(*) FROM timer_changes');
    await cut.query(`SET lock_timeout = '50ms'`);
    await expect(cut.query(`ALTER TABLE timer_changes DETACH PARTITION ${day} CONCURRENTLY`)).rejects.toThrow();
    await reader.query('COMMIT');
    await Promise.all([reader.end(), cut.end()]);
    await retention().maintain();
    expect(await days()).toEqual(expect.arrayContaining([REST, BEFORE_DAYS]));
    expect(await days()).not.toContain(day);
    const ids = await logAt(Date.now() - 300 * DAY, Date.now() + 300 * DAY);
    expect((await kept(ids)).length).toBe(2);
  });
});

describe('the days of the log', () => {
  let app: Domain;

  beforeAll(async () => {
    app = await startDomain();
  });

  afterAll(() => app.close());

  it('are ready a week ahead, and dropped when they are too old', async () => {
    const retention = app.app.get(ChangeLogRetention);
    const DAY = 86_400_000;
    const today = Math.floor(Date.now() / DAY) * DAY;
    const names = async () => {
      const found = await app.dataSource.query<{ name: string }[]>(
        `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
          WHERE i.inhparent = 'timer_changes'::regclass ORDER BY 1`,
      );
      return found.map(({ name }) => name);
    };
    const week = (first: number, count: number) =>
      Array.from({ length: count }, (_, ahead) => dayName(first + ahead * DAY));
    await retention.maintain();
    expect(await names()).toEqual([...week(today, 8), BEFORE_DAYS, REST]);
    await retention.maintain(today + 3 * DAY);
    expect(await names()).toEqual([...week(today, 11), BEFORE_DAYS, REST]);
    const inNineDays = today + 9 * DAY;
    await retention.maintain(inNineDays);
    // Kept: seven days back from then, so from the day after tomorrow on.
    expect(await names()).toEqual([...week(today + 2 * DAY, 15), BEFORE_DAYS, REST]);
    // Off for longer than there were days ahead: what was in use meanwhile is one partition.
    const later = today + 30 * DAY;
    await retention.maintain(later);
    expect(await names()).toEqual([dayName(today + 17 * DAY), ...week(later + 2 * DAY, 6), BEFORE_DAYS, REST]);
    await retention.maintain(later);
    expect(await names()).toHaveLength(9);
  });
});
