import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import { migrate } from '../../src/database/migrate.js';
import { ChangeLogRetention } from '../../src/timer-domain/log/change-log-retention.js';
import { asSuperuser, createDatabase, onCluster, urlOf } from '../support/database.js';
import { startTestApp } from '../support/app.js';

/** The least that the server may be in the database (docs/security.md, "The database role"). */

const roles: string[] = [];

afterAll(async () => {
  for (const role of roles) await onCluster(`DROP ROLE IF EXISTS ${role}`).catch(() => undefined);
});

/** Somebody who may sign in and nothing else. */
async function newRole(): Promise<{ role: string; as: (database: DatabaseConnection) => DatabaseConnection }> {
  const role = `metronome_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await onCluster(
    `CREATE ROLE ${role} LOGIN PASSWORD '${password}' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`,
  );
  roles.push(role);
  const as = (database: DatabaseConnection) => {
    const url = new URL(urlOf(database));
    [url.username, url.password] = [role, password];
    return { url: url.toString() };
  };
  return { role, as };
}

async function query(connection: DatabaseConnection, ...statements: string[]): Promise<void> {
  const client = new Client(clientConfig(connection));
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The code that PostgreSQL refuses a statement with. */
const refusalOf = (connection: DatabaseConnection, statement: string): Promise<unknown> =>
  query(connection, statement).then(
    () => 'nothing',
    (error: unknown) => (error as { code?: string }).code,
  );
const INSUFFICIENT_PRIVILEGE = '42501';

/** A day in the life: every table that the server writes to of its own accord, and the deletion of it all. */
async function live(connection: DatabaseConnection): Promise<number[]> {
  const app = await startTestApp({ connection, env: { RATE_LIMIT_ENABLED: 'false' } });
  const statuses: number[] = [];
  let token = '';
  const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = {
      'Content-Type': 'application/json',
      ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(app.url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    statuses.push(answer.status);
    return ((await answer.json().catch(() => ({}))) ?? {}) as Record<string, unknown>;
  };
  try {
    const account = { email: 'me@example.com', password: 'correct horse' };
    token = String((await call('POST', '/v1/auth/signup', account))['access_token']);
    const { id } = await call('POST', '/v1/timers', { allocated_duration: 60 });
    await call('PATCH', `/v1/timers/${String(id)}/pause`);
    await call('POST', `/v1/timers/${String(id)}/stop`);
    await call('POST', '/v1/auth/legacy-tokens', {});
    const { data } = await call('POST', '/api/v1/rooms', { room_name: 'a-room' });
    const room = `/api/v1/rooms/${(data as { room_id: string }).room_id}`;
    await call('POST', `${room}/timer/start`);
    await call('POST', `${room}/participants`, { participant_name: 'Me' });
    await call('DELETE', room);
    await call('DELETE', '/v1/users/me', { password: account.password });
    await call('GET', '/health/ready');
  } finally {
    await app.close();
  }
  return statuses;
}

const ALL_WELL = [201, 201, 200, 200, 201, 201, 200, 201, 204, 200, 200];

it('a role that owns its database, and is nobody elsewhere, sets it up and runs it', async () => {
  const { role, as } = await newRole();
  const empty = await createDatabase({ empty: true });
  await query(asSuperuser(empty), `ALTER SCHEMA public OWNER TO ${role}`, `GRANT CREATE ON SCHEMA public TO ${role}`);
  const connection = as(empty);
  await migrate(connection);
  expect(await live(connection)).toEqual(ALL_WELL);
  for (const statement of [
    `CREATE DATABASE x`,
    `CREATE ROLE x`,
    `COPY users TO PROGRAM 'true'`,
    `CREATE EXTENSION file_fdw`,
  ]) {
    expect([statement, await refusalOf(connection, statement)]).toEqual([statement, INSUFFICIENT_PRIVILEGE]);
  }
}, 60_000);

/** What is too old goes, though the role may not drop the day that it is in. */
async function tidiesRowByRow(owned: DatabaseConnection, connection: DatabaseConnection): Promise<void> {
  await query(
    owned,
    `INSERT INTO timer_changes (timer_id, revision, action, at, logged_at, origin, tag_ids, allocated_duration, status,
       elapsed_time, started_at, created_at, updated_at, history)
     SELECT gen_random_uuid(), n, 'start', t, t, 'v1', '{}', 0, 'running', 0, t, t, t, '[]'
     FROM generate_series(1, 12000) n, (SELECT now() - interval '8 days' AS t) old`,
  );
  const app = await startTestApp({ connection });
  await app.app.get(ChangeLogRetention).maintain();
  const left = await app.dataSource.query<unknown[]>(
    `SELECT FROM timer_changes WHERE logged_at < now() - interval '7 days' LIMIT 1`,
  );
  await app.close();
  expect(left).toEqual([]);
}

it('a role that may only read and write rows runs what another has set up', async () => {
  const { role, as } = await newRole();
  const owned = await createDatabase();
  await query(
    owned,
    `GRANT USAGE ON SCHEMA public TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
  );
  const connection = as(owned);
  // A start finds nothing to migrate.
  await migrate(connection);
  expect(await live(connection)).toEqual(ALL_WELL);
  for (const statement of [
    'DROP TABLE users',
    'TRUNCATE users',
    'ALTER TABLE users ADD COLUMN x text',
    'CREATE TABLE x ()',
    'CREATE INDEX ON users (id)',
  ]) {
    expect([statement, await refusalOf(connection, statement)]).toEqual([statement, INSUFFICIENT_PRIVILEGE]);
  }
  await tidiesRowByRow(owned, connection);
  await query(asSuperuser(owned), `DROP OWNED BY ${role}`);
}, 60_000);
