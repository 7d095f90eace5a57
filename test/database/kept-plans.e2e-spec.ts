import { randomUUID } from 'node:crypto';

import { Transactions } from '../../src/database/transactions.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** PostgreSQL keeps a plan after five that it made for the values at hand. */
const UNTIL_KEPT = 6;
const SESSION = {
  name: 'session_of_a_room',
  text: `SELECT id FROM timers WHERE room_id = $1 AND ended_at IS NULL FOR UPDATE`,
};

describe('a named statement in a transaction', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('keeps a plan that does not read tables whole, though they were small when it was made', async () => {
    await app.dataSource.query('INSERT INTO users (id) VALUES ($1)', ['somebody']);
    await app.dataSource.query(
      `INSERT INTO timers (id, user_id, origin, allocated_duration, status, elapsed_time, started_at, ended_at, history,
         revision, created_at, updated_at)
       VALUES (gen_random_uuid(), 'somebody', 'v1', 0, 'completed', 0, now(), now(), '[]', 1, now(), now())`,
    );
    await app.dataSource.query('VACUUM ANALYZE timers');
    const plan = await app.app.get(Transactions).run(async (transaction) => {
      for (let times = 0; times < UNTIL_KEPT; times += 1) {
        await transaction.prepared({ ...SESSION, values: [randomUUID()] });
      }
      return transaction.manager.query<object[]>(`EXPLAIN EXECUTE ${SESSION.name} ('${randomUUID()}')`);
    });
    expect(JSON.stringify(plan)).toMatch(/Index Scan using timers_/);
    expect(JSON.stringify(plan)).not.toMatch(/Seq Scan/);
  });
});
