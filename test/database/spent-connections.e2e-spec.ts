import { Pool } from 'pg';

import { clientConfig } from '../../src/database/connection.js';
import { closeSpentConnections } from '../../src/database/spent-connections.js';
import { createDatabase } from '../support/database.js';

describe('a connection that comes back to the pool', () => {
  let pool: Pool;
  let other: Pool;

  beforeAll(async () => {
    const connection = await createDatabase({ empty: true });
    pool = new Pool({ ...clientConfig(connection), query_timeout: 200, max: 1 });
    other = new Pool(clientConfig(connection));
    closeSpentConnections(pool);
    await pool.query('CREATE TABLE written (n int)');
  });

  afterAll(() => Promise.all([pool.end(), other.end()]));

  const pid = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;

  /** What the pool's only connection writes is there for others, too. */
  async function expectCommitted(): Promise<void> {
    await pool.query('INSERT INTO written VALUES (1)');
    expect((await other.query('TABLE written')).rowCount).toBe(1);
    await pool.query('TRUNCATE written');
  }

  it('is used again when it has finished', async () => {
    const before = await pid();
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('ROLLBACK');
    client.release();
    expect(await pid()).toBe(before);
    await expectCommitted();
  });

  it('is closed when it is in a transaction', async () => {
    const before = await pid();
    const client = await pool.connect();
    await client.query('BEGIN');
    client.release();
    expect(await pid()).not.toBe(before);
    await expectCommitted();
  });

  it('is closed when neither its statement nor its ROLLBACK came to an end', async () => {
    const before = await pid();
    const client = await pool.connect();
    await client.query('BEGIN');
    const late = client.query('SELECT pg_sleep(0.6)');
    const rollback = client.query('ROLLBACK');
    expect(await Promise.allSettled([late, rollback])).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    client.release();
    expect(await pid()).not.toBe(before);
    await expectCommitted();
  });
});
