import { randomBytes, createHash, randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { clientConfig } from '../../src/database/connection.js';
import { createDatabase, urlOf } from '../support/database.js';
import { ALREADY_RUNNING, ALREADY_STOPPED, LegacyClient, OK } from '../support/legacy-client.js';
import { FROM_DIST, Server } from '../support/server.js';

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('two instances', () => {
  let database: Client;
  let servers: Server[];
  let urls: string[];

  beforeAll(async () => {
    const connection = await createDatabase();
    database = new Client(clientConfig(connection));
    await database.connect();
    const env = { DATABASE_URL: urlOf(connection) };
    servers = times(2, () => new Server({ env, command: FROM_DIST }));
    urls = await Promise.all(servers.map((server) => server.listening()));
  }, 60_000);

  afterAll(async () => {
    await database.end();
    expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0]);
  });

  /** A person, and their old app connected to either instance. */
  async function person(): Promise<{ id: string; clients: [LegacyClient, LegacyClient] }> {
    const id = randomUUID();
    const token = randomBytes(20).toString('hex');
    const hash = createHash('sha256').update(token).digest();
    await database.query('INSERT INTO users (id, email) VALUES ($1, $2)', [id, `${id}@example.com`]);
    await database.query('INSERT INTO legacy_tokens (id, user_id, token_hash) VALUES ($1, $2, $3)', [
      randomUUID(),
      id,
      hash,
    ]);
    const [first = '', second = ''] = urls;
    return { id, clients: [new LegacyClient(first, token), new LegacyClient(second, token)] };
  }

  it('let one of 50 concurrent starts through, and one of 50 stops', async () => {
    const { id, clients } = await person();
    const starts = await Promise.all(times(50, (index) => clients[(index % 2) as 0 | 1].start(`title ${index}`)));
    expect(starts.filter(({ status }) => status === 200)).toEqual([OK]);
    expect(starts.filter(({ status }) => status !== 200)).toEqual(times(49, () => ALREADY_RUNNING));
    const stops = await Promise.all(times(50, (index) => clients[(index % 2) as 0 | 1].stop()));
    expect(stops.filter(({ status }) => status === 200)).toEqual([OK]);
    expect(stops.filter(({ status }) => status !== 200)).toEqual(times(49, () => ALREADY_STOPPED));
    const { rows } = await database.query('SELECT status, revision FROM timers WHERE user_id = $1', [id]);
    expect(rows).toEqual([{ status: 'completed', revision: 2 }]);
  });

  it('see each other’s timers at once, of whatever origin', async () => {
    const { id, clients } = await person();
    const timer = randomUUID();
    await database.query(
      `INSERT INTO timers (id, user_id, origin, title, allocated_duration, status, elapsed_time, started_at, running_since,
        history, revision, created_at, updated_at)
      SELECT $1, $2, 'v1', 'Essay', 1500, 'running', 0, t.at, t.at,
        jsonb_build_array(jsonb_build_object('action', 'start', 'at', extract(epoch from t.at)::int)), 1, t.at, t.at
      FROM (SELECT date_trunc('second', now()) - interval '90 s' AS at) t`,
      [timer, id],
    );
    expect(await clients[0].start('Maths')).toEqual(ALREADY_RUNNING);
    expect(await clients[1].stop()).toEqual(OK);
    expect(await clients[0].stop()).toEqual(ALREADY_STOPPED);
    const { rows } = await database.query('SELECT status, elapsed_time, revision FROM timers WHERE id = $1', [timer]);
    expect(rows).toEqual([{ status: 'completed', elapsed_time: expect.any(Number) as number, revision: 2 }]);
    expect((rows[0] as { elapsed_time: number }).elapsed_time).toBeGreaterThanOrEqual(90);
    expect(await clients[1].start('Maths')).toEqual(OK);
    expect(await clients[0].start('Physics')).toEqual(ALREADY_RUNNING);
  });
});
