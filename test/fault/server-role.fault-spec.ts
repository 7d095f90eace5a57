import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import { clientConfig, type PostgresConnection } from '../../src/database/connection.js';
import { superuserIn } from '../../src/database/embedded/cluster-folder.js';
import {
  connectionOf,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/database/embedded/embedded-postgres.js';
import { SERVER_ROLE } from '../../src/database/embedded/server-role.js';
import { migrate } from '../../src/database/migrate.js';
import { FROM_DIST, runCli, Server, temporaryFolder } from '../support/server.js';

/** The role that the server uses in its embedded database (docs/security.md, "The database role"). */

const quiet = () => undefined;

async function query<Row>(connection: PostgresConnection | undefined, statement: string): Promise<Row[]> {
  if (!connection) throw new Error('no server runs');
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query(statement)).rows as Row[];
  } finally {
    await client.end();
  }
}

const RIGHTS = `SELECT rolname AS role, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS more
  FROM pg_roles WHERE rolname = current_user`;

/** What in our schema is owned by whom, without what follows a table. */
const OWNERS = `SELECT DISTINCT owner::regrole::text AS owner FROM (
  SELECT relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT typowner FROM pg_type WHERE typnamespace = 'public'::regnamespace
  UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database()) AS objects (owner)`;

const OURS_ALONE = [{ owner: SERVER_ROLE }];

/** As every version before this one left it: all of it made by, and belonging to, the superuser. */
async function folderOfBefore(): Promise<string> {
  const dataDir = temporaryFolder();
  const server = await startEmbeddedPostgres({ dataDir, log: quiet });
  const { superuser } = server;
  await query(superuser, `ALTER DATABASE metronome OWNER TO metronome; DROP ROLE ${SERVER_ROLE}`);
  await migrate(superuser);
  await query(
    superuser,
    `CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN short AS text CHECK (length(VALUE) < 9); CREATE SEQUENCE apart;
     CREATE VIEW people AS SELECT id FROM users; CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  );
  await server.stop();
  rmSync(join(dataDir, 'secrets', 'postgres-server-password'));
  return dataDir;
}

/** A person's token, by the command line. */
function personIn(env: Record<string, string>): string {
  runCli(env, 'users', 'create', 'me@example.com');
  return /[0-9a-f]{40}/.exec(runCli(env, 'tokens', 'create', 'me@example.com').output)?.[0] ?? '';
}

async function startTimer(url: string, token: string): Promise<number> {
  const headers = { Authorization: `Token ${token}`, 'Content-Type': 'application/json', 'User-Agent': 'study/1' };
  const body = JSON.stringify({ title: 'kept' });
  return (await fetch(`${url}/v1/user/timer/start/`, { method: 'POST', headers, body })).status;
}

it('owns the one database and is nobody elsewhere', async () => {
  const dataDir = temporaryFolder();
  const server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, log: quiet });
  expect(await query(server.connection, RIGHTS)).toEqual([{ role: SERVER_ROLE, more: false }]);
  await migrate(server.connection);
  expect(await query(server.connection, OWNERS)).toEqual(OURS_ALONE);
  for (const statement of [
    'CREATE ROLE x',
    'CREATE DATABASE x',
    `COPY users TO PROGRAM 'true'`,
    'ALTER SYSTEM RESET ALL',
  ])
    await expect(query(server.connection, statement)).rejects.toMatchObject({ code: '42501' });
  await server.stop();
}, 60_000);

it('takes over a data folder of before, whose tables it did not make, and works there with the command line', async () => {
  const dataDir = await folderOfBefore();
  const env = { DATA_DIR: dataDir };
  const server = new Server({ env, command: FROM_DIST });
  const url = await server.listening();
  const token = personIn(env);
  expect(await startTimer(url, token)).toBe(200);
  const connection = connectionOf(dataDir);
  expect(await query(connection, OWNERS)).toEqual(OURS_ALONE);
  expect(await query(connection, RIGHTS)).toEqual([{ role: SERVER_ROLE, more: false }]);
  const sessions = `SELECT DISTINCT usename::text AS role FROM pg_stat_activity WHERE application_name LIKE 'metronome%'`;
  expect(await query({ ...(connection as PostgresConnection), ...superuserIn(dataDir) }, sessions)).toEqual([
    { role: SERVER_ROLE },
  ]);
  const file = join(temporaryFolder(), 'all.backup');
  expect(runCli(env, 'backup', file)).toMatchObject({ status: 0, errors: '' });
  const elsewhere = { DATA_DIR: temporaryFolder() };
  expect(runCli(elsewhere, 'restore', file)).toMatchObject({ status: 0, errors: '' });
  expect(await server.stop()).toBe(0);
  const restored = new Server({ env: elsewhere, command: FROM_DIST });
  expect(await startTimer(await restored.listening(), token)).toBe(409);
  expect(await restored.stop()).toBe(0);
}, 240_000);

it('lets the days of the log be made and dropped where another role has made them', async () => {
  const server = await startEmbeddedPostgres({ dataDir: await folderOfBefore(), log: quiet });
  const [day] = await query<{ name: string }>(
    server.connection,
    `SELECT c.oid::regclass::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'timer_changes'::regclass AND c.relname ~ '_[0-9]{8}$' ORDER BY 1 DESC`,
  );
  const client = new Client(clientConfig(server.connection));
  await client.connect();
  await client.query(`ALTER TABLE timer_changes DETACH PARTITION ${day?.name ?? ''} CONCURRENTLY`);
  await client.query(`DROP TABLE ${day?.name ?? ''}`);
  await client.end();
  await server.stop();
}, 60_000);
