import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { DebianPostgres, PgBouncer } from './debian.js';
import { FROM_DIST, Server, until } from '../support/server.js';

/** Debian's PgBouncer in session mode, before Debian's PostgreSQL (docs/scaling.md). */
describe('behind PgBouncer', () => {
  let postgres: DebianPostgres;
  let bouncer: PgBouncer;
  let server: Server;
  let url: string;
  let token: string;

  beforeAll(async () => {
    postgres = await DebianPostgres.start();
    await postgres.sql('CREATE DATABASE metronome');
    bouncer = await PgBouncer.start(postgres);
    const env = {
      DATABASE_URL: `postgres://somebody@127.0.0.1:${bouncer.port}/metronome?statement_timeout=0`,
      JWT_SECRET: 'a secret behind PgBouncer, long enough for HS256',
    };
    server = new Server({ env, command: FROM_DIST });
    url = await server.listening();
    token = await signUp();
  }, 120_000);

  afterAll(async () => {
    await server.stop();
    await bouncer.stop();
    await postgres.stop();
  });

  async function signUp(): Promise<string> {
    const response = await fetch(`${url}/v1/auth/signup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'correct horse battery' }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  const call = (method: string, path: string, body?: unknown) =>
    fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const waiting = () =>
    postgres.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'metronome%' AND wait_event_type = 'Lock'`,
    );

  it('the server starts, is ready, and carries out commands', async () => {
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const created = await call('POST', '/v1/timers', { allocated_duration: 60 });
    expect(created.status).toBe(201);
    const { id } = (await created.json()) as { id: string };
    expect((await call('PATCH', `/v1/timers/${id}/pause`)).status).toBe(200);
    expect((await call('GET', '/v1/timers')).status).toBe(200);
  });

  it('a statement that takes too long ends on the server, and so does one whose client is gone', async () => {
    const holder = new Client({ host: '127.0.0.1', port: postgres.port, user: 'postgres', database: 'metronome' });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE todos IN ACCESS EXCLUSIVE MODE');
    const answers = Promise.all([1, 2, 3].map(() => call('GET', '/v1/todos')));
    await until(async () => (await waiting())[0]?.n === 3, 5_000);
    expect((await answers).map(({ status }) => status)).toEqual([503, 503, 503]);
    await until(async () => (await waiting())[0]?.n === 0, 5_000);

    const cut = call('GET', '/v1/todos').catch(() => undefined);
    await until(async () => (await waiting())[0]?.n === 1, 5_000);
    await server.kill();
    await until(async () => (await waiting())[0]?.n === 0, 5_000);
    await cut;
    await holder.query('ROLLBACK');
    await holder.end();
  }, 60_000);
});
