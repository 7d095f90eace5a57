import { Pool } from 'pg';

import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import { connectClient, NO_LIMITS } from '../../src/database/session.js';
import { OwnConnection } from '../../src/database/own-connection.js';
import { WriterConnection } from '../../src/timer-domain/writer/writer-connection.js';
import { createDatabase, urlOf } from '../support/database.js';
import { until } from '../support/server.js';

const SHOWN = `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
  current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('TimeZone') AS zone,
  current_setting('enable_seqscan') AS seqscan, current_setting('jit') AS jit,
  current_setting('client_connection_check_interval') AS checked, current_setting('plan_cache_mode') AS plans`;
const REQUEST = {
  statement: '2300ms',
  lock: '2s',
  idle: '30s',
  zone: 'UTC',
  seqscan: 'off',
  jit: 'off',
  checked: '500ms',
  plans: 'auto',
};

describe('a session of ours', () => {
  let connection: DatabaseConnection;
  const open: { end(): Promise<unknown> }[] = [];

  beforeAll(async () => {
    connection = await createDatabase({ empty: true });
  });

  afterAll(() => Promise.all(open.map((each) => each.end())));

  const poolTo = (to: DatabaseConnection, more: object = {}) => {
    const pool = new Pool({ ...clientConfig(to), max: 2, ...more });
    open.push(pool);
    return pool;
  };
  const shown = async (pool: Pool) => (await pool.query<typeof REQUEST>(SHOWN)).rows[0];

  it('of a pool has the limits of a request', async () => {
    expect(await shown(poolTo(connection))).toEqual(REQUEST);
  });

  it('keeps them whatever a DATABASE_URL asks for', async () => {
    const url = new URL(urlOf(connection));
    url.searchParams.set('options', '-c statement_timeout=0 -c lock_timeout=0 -c timezone=Asia/Seoul');
    for (const name of ['statement_timeout', 'lock_timeout', 'query_timeout']) url.searchParams.set(name, '99000');
    const to = { url: url.toString() };
    expect(await shown(poolTo(to))).toEqual(REQUEST);
    expect(clientConfig(to).connectionString).not.toContain('99000');
  });

  it('sends nothing in its startup packet that PgBouncer refuses', async () => {
    const { options, statement_timeout, lock_timeout, idle_in_transaction_session_timeout } = clientConfig(connection);
    const sent = [options, statement_timeout, lock_timeout, idle_in_transaction_session_timeout];
    expect(sent).toEqual([undefined, undefined, undefined, undefined]);
    await Promise.resolve();
  });

  it('of a long job has none', async () => {
    const client = await connectClient({ ...clientConfig(connection), query_timeout: 0 }, NO_LIMITS);
    open.push(client);
    const { rows } = await client.query<typeof REQUEST>(SHOWN);
    expect(rows[0]).toEqual({ ...REQUEST, statement: '0', lock: '0', idle: '0' });
  });

  it('of one’s own keeps its plans, within its own limits', async () => {
    const own = new OwnConnection(clientConfig(connection), {
      statementMs: 1_800,
      lockMs: 400,
      idleInTransactionMs: 0,
    });
    open.push({ end: () => own.close() });
    const { rows } = await (await own.get()).query<typeof REQUEST>(SHOWN);
    expect(rows[0]).toMatchObject({
      statement: '1800ms',
      lock: '400ms',
      plans: 'force_generic_plan',
      checked: '500ms',
    });
    const writer = new WriterConnection(clientConfig(connection), 2_000);
    open.push({ end: () => writer.close() });
    const [seen] = await writer.execute({ name: 'shown', text: SHOWN, values: [] });
    expect(seen).toMatchObject({ statement: '1800ms', lock: '400ms', idle: '30s', plans: 'force_generic_plan' });
  });

  const running = async (mark: string) => {
    const { rows } = await watcher.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()`,
      [`%${mark}%`],
    );
    return rows[0]?.n;
  };
  let watcher: Pool;

  it('ends a statement that nobody waits for any more', async () => {
    watcher = poolTo(connection);
    const pool = poolTo(connection);
    await expect(pool.query(`SELECT pg_sleep(30) /* abandoned */`)).rejects.toThrow(/statement timeout/);
    expect(await running('abandoned')).toBe(0);
    // The driver gives up first, and hangs up: the server looks whether its client is there.
    const hasty = poolTo(connection, { query_timeout: 200, pipeline: true });
    await hasty.query('SET statement_timeout = 0').catch(() => undefined);
    const client = await hasty.connect();
    await client.query('SET statement_timeout = 0');
    await expect(client.query(`SELECT pg_sleep(30) /* left behind */`)).rejects.toThrow();
    client.release(true);
    await until(async () => (await running('left behind')) === 0, 5_000);
  });
});
