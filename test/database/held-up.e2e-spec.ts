import { Client } from 'pg';

import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import type { Person } from '../support/sockets.js';
import { type House, startHouse } from '../support/rooms.js';
import { type Reply, send } from '../support/send.js';
import { onCluster } from '../support/database.js';
import { until } from '../support/server.js';

const MANY = 30;

describe('what holds the database up', () => {
  let house: House;
  let connection: DatabaseConnection;
  let ada: Person;
  let bob: Person;
  let session: Client;

  beforeAll(async () => {
    house = await startHouse();
    connection = house.connection;
    [ada, bob] = await Promise.all([house.signUp('ada'), house.signUp('bob')]);
  });

  afterAll(() => house.close());

  beforeEach(async () => {
    session = new Client({ ...clientConfig(connection), query_timeout: 0 });
    await session.connect();
  });

  afterEach(() => session.end());

  const waiting = async () => {
    const { rows } = await session.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.n ?? 0;
  };
  const list = (person: Person) => send(house.url, 'GET', '/v1/timers', { token: person.token });

  /** Lets many wait for what the session holds, and another person read meanwhile. */
  async function beside(many: () => Promise<Reply>): Promise<{ waitingAtMost: number; told: number[] }> {
    const all = Promise.all(Array.from({ length: MANY }, many));
    await until(async () => (await waiting()) > 0, 5_000);
    let waitingAtMost = 0;
    for (let reads = 0; reads < 10; reads += 1) {
      expect((await list(bob)).status).toBe(200);
      waitingAtMost = Math.max(waitingAtMost, await waiting());
    }
    return { waitingAtMost, told: (await all).map(({ status }) => status) };
  }

  it('a locked room, with thirty people who want it, leaves everybody else their connections', async () => {
    const room = await house.create();
    await session.query('BEGIN');
    await session.query('SELECT FROM room_clocks WHERE room_id = $1 FOR UPDATE', [room.id]);
    const { waitingAtMost, told } = await beside(() => send(house.url, 'POST', `${room.path}/timer/start`));
    await session.query('ROLLBACK');
    // A pool of ten lends them a quarter.
    expect(waitingAtMost).toBeLessThanOrEqual(3);
    expect(new Set(told)).toEqual(new Set([503]));
    // One that was told 503 may have got the room in the end.
    expect([200, 409]).toContain((await send(house.url, 'POST', `${room.path}/timer/start`)).status);
  });

  it('so does a locked person', async () => {
    await session.query('BEGIN');
    await session.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [ada.id]);
    const body = { allocated_duration: 60 };
    const create = () => send(house.url, 'POST', '/v1/timers', { token: ada.token, body });
    const { waitingAtMost, told } = await beside(create);
    await session.query('ROLLBACK');
    // A pool of ten lends them a quarter.
    expect(waitingAtMost).toBeLessThanOrEqual(3);
    expect(new Set(told)).toEqual(new Set([503]));
    expect((await create()).status).toBe(201);
  });

  describe('so does', () => {
    interface Tokens {
      readonly access_token: string;
      readonly refresh_token: string;
    }
    let tokens: Tokens;

    /** What holds it up, who runs into that, and what they hear once it is let go: one told 503 may have got it in the end. */
    const LOCKED: readonly (readonly [string, lock: string, call: () => Promise<Reply>, then: readonly number[]])[] = [
      [
        'a locked friendship',
        `SELECT FROM friendships WHERE requester_id = $1 OR addressee_id = $1 FOR UPDATE`,
        () => send(house.url, 'POST', `/v1/friends/block/${bob.id}`, { token: ada.token }),
        [200],
      ],
      [
        'a locked session',
        `SELECT FROM sessions WHERE user_id = $1 FOR UPDATE`,
        () => send(house.url, 'POST', '/v1/auth/refresh', { body: { refresh_token: tokens.refresh_token } }),
        [200],
      ],
      [
        'a session that ends',
        `SELECT FROM sessions WHERE user_id = $1 FOR UPDATE`,
        () => send(house.url, 'POST', '/v1/auth/logout', { token: tokens.access_token }),
        [200, 401],
      ],
    ];
    it.each(LOCKED)('%s', async (_, lock, call, then) => {
      await send(house.url, 'POST', '/v1/friends/requests', { token: ada.token, body: { email: bob.email } });
      const login = await send(house.url, 'POST', '/v1/auth/login', {
        body: { email: ada.email, password: 'correct horse' },
      });
      tokens = login.body as Tokens;
      await session.query('BEGIN');
      await session.query(lock, [ada.id]);
      const { waitingAtMost, told } = await beside(call);
      await session.query('ROLLBACK');
      // A pool of ten lends them a quarter.
      expect(waitingAtMost).toBeLessThanOrEqual(3);
      expect(new Set(told)).toEqual(new Set([503]));
      expect(then).toContain((await call()).status);
    });
  });

  it('a database that takes no writes is away: 503, not ready, and used again once it takes them', async () => {
    const { rows } = await session.query<{ name: string }>('SELECT current_database() AS name');
    const name = rows[0]?.name ?? '';
    const restart = () =>
      session.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'metronome%'`,
      );
    const group = (color: string) =>
      send(house.url, 'POST', '/v1/tags/groups', { token: ada.token, body: { name: `group ${color}`, color } });
    const ready = async () => (await fetch(`${house.url}/health/ready`)).status;
    await onCluster(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await restart();
    await until(async () => (await ready()) === 503, 5_000);
    const refused = await group('#000001');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await list(bob)).status).toBe(200);
    await onCluster(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    // Nothing was restarted: its connections say by themselves that they are of no use.
    await until(async () => (await ready()) === 200, 5_000);
    expect((await group('#000002')).status).toBe(201);
  });
});
