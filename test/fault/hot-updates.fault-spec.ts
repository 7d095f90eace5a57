import { type Domain, startDomain } from '../support/domain.js';

const CHANGED_BY_COMMANDS = [
  'status',
  'elapsed_time',
  'running_since',
  'paused_at',
  'deadline_at',
  'history',
  'revision',
  'updated_at',
];

// By itself: a long transaction of any neighbour in the cluster keeps dead rows, and then pages are full.
describe('the table of timers', () => {
  let app: Domain;

  beforeAll(async () => {
    app = await startDomain();
  });

  afterAll(() => app.close());

  it('keeps pause and resume within the page of the row', async () => {
    const userId = await app.addUser();
    const timers = await Promise.all(Array.from({ length: 50 }, () => app.create({ userId })));
    for (let round = 0; round < 10; round += 1) {
      const verb = round % 2 === 0 ? 'pause' : 'resume';
      // Not all in one transaction: then a page would have to hold every row of it twice.
      for (const { id } of timers) await app.domain.command(id, { userId }, verb, userId);
    }
    await app.store.onApplicationShutdown(); // Its connection reports what it counted when it ends.
    const counted = () =>
      app.dataSource.query<{ all: number; hot: number }[]>(
        `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'timers'`,
      );
    let [counts] = await counted();
    for (let look = 0; look < 200 && (counts?.all ?? 0) < 500; look += 1) {
      await app.dataSource.query('SELECT pg_sleep(0.02)');
      [counts] = await counted();
    }
    expect(counts?.all).toBe(500);
    // Histories grow, so that now and then a row has to move to another page: 3 to 4 % of the time.
    expect((counts?.hot ?? 0) / 500).toBeGreaterThanOrEqual(0.94);
  });

  it('has no index on a column that a command changes', async () => {
    const indexed = await app.dataSource.query<{ column: string }[]>(
      `SELECT DISTINCT a.attname AS column FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
        WHERE i.indrelid = 'timers'::regclass`,
    );
    expect(indexed.map(({ column }) => column).filter((column) => CHANGED_BY_COMMANDS.includes(column))).toEqual([]);
    const predicates = await app.dataSource.query<{ predicate: string }[]>(
      `SELECT pg_get_expr(indpred, indrelid) AS predicate FROM pg_index WHERE indrelid = 'timers'::regclass AND indpred IS NOT NULL`,
    );
    for (const { predicate } of predicates) expect(predicate).not.toMatch(new RegExp(CHANGED_BY_COMMANDS.join('|')));
  });
});
