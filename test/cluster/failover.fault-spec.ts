import { randomUUID } from 'node:crypto';

import { DebianPostgres, MovableName } from './debian.js';
import { FROM_DIST, Server, until } from '../support/server.js';

const PEOPLE = 4;
/** docs/operations.md promises 5 s; on a busy machine three times that. */
const WRITING_AGAIN_MS = 15_000;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: { readonly id: string; readonly revision: number };
}

/** Two PostgreSQL from Debian, one streaming from the other; the old primary is made read-only, the standby promoted. */
describe('a failover', () => {
  let primary: DebianPostgres;
  let standby: DebianPostgres;
  let name: MovableName;
  let server: Server;
  let url: string;
  const acknowledged = new Map<string, number>();
  const refused: Answer[] = [];
  let isOver = false;

  beforeAll(async () => {
    primary = await DebianPostgres.start();
    standby = await DebianPostgres.standbyOf(primary);
    await primary.sql(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await primary.sql(`SELECT pg_reload_conf()`);
    await until(async () => {
      const rows = await primary.sql<{ sync_state: string }>('SELECT sync_state FROM pg_stat_replication');
      return rows[0]?.sync_state === 'sync';
    }, 30_000);
    await primary.sql('CREATE DATABASE metronome');
    name = await MovableName.to(primary.port);
    const env = {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${name.port}/metronome`,
      JWT_SECRET: 'a secret of the failover, long enough for HS256',
    };
    server = new Server({ env, command: FROM_DIST });
    url = await server.listening();
  }, 120_000);

  afterAll(async () => {
    await server.stop();
    name.close();
    await Promise.all([primary.stop(), standby.stop()]);
  });

  const ready = async () => (await fetch(`${url}/health/ready`)).status;

  async function signUp(): Promise<string> {
    const response = await fetch(`${url}/v1/auth/signup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'correct horse battery' }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  async function call(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const retryAfter = response.headers.get('retry-after');
    const answer = { status: response.status, retryAfter, body: (await response.json()) as Answer['body'] };
    if (answer.status < 300) acknowledged.set(answer.body.id, answer.body.revision);
    // What was told 503 may have happened, so the timer may not be what the next step takes it for: that is no failure.
    else if (answer.status !== 400) refused.push(answer);
    return answer;
  }

  /** Starts a timer now and then, and pauses and resumes it in between. */
  async function work(token: string): Promise<void> {
    let timer: string | undefined;
    for (let step = 0; !isOver; step += 1) {
      if (timer === undefined || step % 20 === 0) {
        const { status, body } = await call(token, 'POST', '/v1/timers', { allocated_duration: 60 });
        timer = status === 201 ? body.id : undefined;
      } else {
        await call(token, 'PATCH', `/v1/timers/${timer}/${step % 2 === 1 ? 'pause' : 'resume'}`);
      }
    }
  }

  it('loses nothing that was acknowledged; 503 and not ready meanwhile, and writing again by itself', async () => {
    const tokens = await Promise.all(Array.from({ length: PEOPLE }, signUp));
    const workers = Promise.all(tokens.map(work));
    await until(() => acknowledged.size >= 2 * PEOPLE, 30_000);
    expect(refused).toEqual([]);

    await primary.sql('ALTER SYSTEM SET default_transaction_read_only = on');
    await primary.sql('SELECT pg_reload_conf()');
    await until(async () => (await ready()) === 503 && refused.length > 10 * PEOPLE, 20_000);
    const told = refused.splice(0);
    expect(new Set(told.map(({ status, retryAfter }) => `${status} ${retryAfter ?? ''}`))).toEqual(new Set(['503 1']));
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const before = acknowledged.size;

    standby.promote();
    name.move(standby.port);
    const moved = performance.now();
    await until(async () => (await ready()) === 200 && acknowledged.size > before, WRITING_AGAIN_MS);
    const tookMs = performance.now() - moved;
    process.stdout.write(`writing again ${Math.round(tookMs)} ms after the name has moved\n`);
    await until(() => acknowledged.size > before + PEOPLE, 20_000);
    refused.length = 0;
    isOver = true;
    await workers;

    const rows = await standby.sql<{ id: string; revision: number }>('SELECT id, revision FROM timers', 'metronome');
    const kept = new Map(rows.map(({ id, revision }) => [id, revision]));
    const lost = [...acknowledged].filter(([id, revision]) => (kept.get(id) ?? 0) < revision);
    expect(lost).toEqual([]);
    expect(server.hasEnded).toBe(false);
    const still = await primary.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'metronome%'`,
    );
    expect(still).toEqual([{ n: 0 }]);
  }, 120_000);
});
