import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { Client } from 'pg';

import { backUp } from '../../src/cli/backup/backup.js';
import { restore } from '../../src/cli/backup/restore.js';
import { BACKED_UP, OF_THIS_DATABASE, tablesOf } from '../../src/cli/backup/tables.js';
import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import { migrate } from '../../src/database/migrate.js';
import { createDatabase } from '../support/database.js';
import { startDomain } from '../support/domain.js';

const clients: Client[] = [];

async function connect(connection: DatabaseConnection): Promise<Client> {
  const client = new Client({ ...clientConfig(connection), query_timeout: 0 });
  await client.connect();
  clients.push(client);
  return client;
}

/** Every row of every table, as PostgreSQL writes it, the transaction ids aside. */
async function everything(client: Client): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const { name } of await tablesOf(client)) {
    const { rows } = await client.query<{ row: string }>(
      `SELECT (to_jsonb(t) - 'transaction_id')::text AS row FROM ${name} t ORDER BY 1`,
    );
    tables[name] = rows.map(({ row }) => row);
  }
  return tables;
}

const ODD = [
  'tab\tnew\nline\rback\\slash',
  '수학 😀',
  '\\.',
  '\\N',
  '',
  ' ',
  `"quoted" 'text'`,
  '\u2028',
  'NULL',
  null,
];

const MIGRATIONS_TABLE = 'CREATE TABLE migrations (id int, timestamp bigint, name text)';
/** As PostGIS has them, and what somebody built on it. */
const OTHERS = [
  'CREATE TABLE spatial_ref_sys (srid int PRIMARY KEY, srtext text)',
  `INSERT INTO spatial_ref_sys VALUES (4326, 'WGS 84')`,
  'CREATE TABLE places (srid int REFERENCES spatial_ref_sys)',
  'INSERT INTO places VALUES (4326)',
  'CREATE VIEW spatial_view AS SELECT * FROM spatial_ref_sys JOIN places USING (srid)',
];
const TABLES_AND_COLUMNS = `SELECT c.relname, c.oid::int, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 ORDER BY 1, 3`;
const LOGGED = `INSERT INTO timer_changes (timer_id, revision, action, at, logged_at, origin, tag_ids, allocated_duration,
    status, elapsed_time, started_at, created_at, updated_at, history)
  SELECT gen_random_uuid(), 1, 'start', t, t, 'v1', '{}', 0, 'running', 0, t, t, t, '[]' FROM unnest($1::timestamptz[]) t`;

describe('a backup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metronome-backup-'));
  const file = join(folder, 'whole.backup');
  let source: Client;
  let before: Record<string, string[]>;

  beforeAll(async () => {
    const connection = await createDatabase();
    const app = await startDomain({ connection });
    const userId = await app.addUser();
    for (const title of ODD) {
      const { id } = await app.create({ userId, title });
      await app.domain.command(id, { userId }, 'pause', userId);
    }
    source = await connect(connection);
    await source.query(
      `INSERT INTO users (id, email, display_name) SELECT 'u' || n, n || '@example.com', 'Person ' || n FROM generate_series(1, 20000) n`,
    );
    await source.query(
      `INSERT INTO legacy_tokens (id, user_id, token_hash, label)
        SELECT gen_random_uuid(), 'u' || n, sha256(n::text::bytea), CASE WHEN n % 2 = 0 THEN 'phone' END FROM generate_series(1, 20000) n`,
    );
    await app.close();
    before = await everything(source);
    await backUp(source, file);
  }, 60_000);

  afterAll(() => Promise.all(clients.map((client) => client.end())));

  it('restores every row of every table', async () => {
    const connection = await createDatabase({ empty: true });
    const client = await connect(connection);
    const summary = await restore(connection, client, file);
    expect(await everything(client)).toEqual(before);
    expect(summary.rows).toBe(Object.values(before).flat().length);
    expect(before['timers']).toHaveLength(ODD.length);
    // Foreign keys are back, the log goes on after its highest id, and its marks are this server's.
    const { rows: keys } = await client.query(`SELECT FROM pg_constraint WHERE contype = 'f'`);
    const { rows: originals } = await source.query(`SELECT FROM pg_constraint WHERE contype = 'f'`);
    expect(keys).toHaveLength(originals.length);
    const { rows } = await client.query(
      `SELECT max(id) < nextval(pg_get_serial_sequence('timer_changes', 'id')) AS goes_on,
        max(transaction_id) <= pg_current_xact_id() AS ours FROM timer_changes`,
    );
    expect(rows).toEqual([{ goes_on: true, ours: true }]);
  });

  it('restores into a database whose schema is there and empty', async () => {
    const connection = await createDatabase();
    const client = await connect(connection);
    await restore(connection, client, file);
    expect(await everything(client)).toEqual(before);
  });

  it('is for its owner’s eyes, whole or not there, and never over another file', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(backUp(source, file)).rejects.toThrow('exists');
    expect(readdirSync(folder)).toEqual(['whole.backup']);
  });

  it('is refused by a database that is not empty', async () => {
    const connection = await createDatabase();
    const client = await connect(connection);
    await client.query(`INSERT INTO users (id, email) VALUES ('me', 'me@example.com')`);
    await expect(restore(connection, client, file)).rejects.toThrow('the database is not empty (users has rows)');
    expect((await everything(client))['users']).toHaveLength(1);
  });

  it('carries every table of ours, and none beside', async () => {
    const { rows } = await source.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT relispartition AND relname <> 'migrations' ORDER BY 1`,
    );
    expect([...BACKED_UP, ...OF_THIS_DATABASE].sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  it('leaves others’ tables beside ours as they are', async () => {
    const connection = await createDatabase();
    const client = await connect(connection);
    for (const statement of OTHERS) await client.query(statement);
    const theirs = async () => (await client.query<object>('SELECT * FROM spatial_view')).rows;
    const found = await theirs();
    await restore(connection, client, file);
    expect(await everything(client)).toEqual(before);
    expect(await theirs()).toEqual(found);
    const again = join(folder, 'beside-others.backup');
    await backUp(client, again);
    expect(gunzipSync(readFileSync(again)).toString()).not.toContain('spatial_ref_sys');
    const empty = await createDatabase({ empty: true });
    const other = await connect(empty);
    for (const statement of OTHERS) await other.query(statement);
    await restore(empty, other, again);
    expect(await everything(other)).toEqual(before);
  });

  it.each([
    ['a table of a name of ours', ['CREATE TABLE users (mine text)', `INSERT INTO users VALUES ('x')`], 'users'],
    ['an empty one', ['CREATE TABLE rooms (mine text)'], 'rooms'],
    ['migrations of its own', [MIGRATIONS_TABLE, `INSERT INTO migrations VALUES (1, 5, 'Theirs5')`], 'Theirs5'],
    ['other migrations', ['CREATE TABLE migrations (version int)'], 'migrations is another application’s'],
  ])('is refused by a database where another application has %s', async (_what, statements, reason) => {
    const connection = await createDatabase({ empty: true });
    const client = await connect(connection);
    for (const statement of statements) await client.query(statement);
    const tables = async () => (await client.query<object>(TABLES_AND_COLUMNS)).rows;
    const found = await tables();
    await expect(restore(connection, client, file)).rejects.toThrow(reason.replace('’', "'"));
    expect(await tables()).toEqual(found);
  });

  it('is refused where something else is built on tables of ours', async () => {
    const connection = await createDatabase();
    const client = await connect(connection);
    await client.query('CREATE VIEW theirs AS SELECT id FROM users');
    await expect(restore(connection, client, file)).rejects.toThrow('built on a table of ours');
    expect((await client.query<object>('SELECT * FROM theirs')).rows).toEqual([]);
  });

  it.each([{ empty: true }, { empty: false }])(
    'gives the log a new epoch (%j): marks of before mean nothing',
    async (how) => {
      const connection = await createDatabase(how);
      const client = await connect(connection);
      await restore(connection, client, file);
      const epochs = [source, client].map(async (one) => {
        const { rows } = await one.query<{ epoch: string }>('SELECT epoch FROM change_log_state');
        return rows.map(({ epoch }) => epoch);
      });
      const [[former], [renewed]] = (await Promise.all(epochs)) as [string[], string[]];
      expect(renewed).toMatch(/^[0-9a-f]{16}$/);
      expect(renewed).not.toBe(former);
    },
  );

  it('has the days that its log had', async () => {
    const connection = await createDatabase({ empty: true });
    await migrate(connection, 'ChangeLines1764000000007');
    const client = await connect(connection);
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    const iso = (daysAgo: number) => new Date(today - daysAgo * 86_400_000).toISOString();
    // A day of its own, days in the default partition, and one before all others.
    await client.query(
      `CREATE TABLE timer_changes_${iso(4).slice(0, 10).replaceAll('-', '')} PARTITION OF timer_changes
       FOR VALUES FROM ('${iso(4)}') TO ('${iso(3)}')`,
    );
    await client.query(LOGGED, [[iso(90), iso(4), iso(2), iso(1), iso(0)]]);
    const old = join(folder, 'old-schema.backup');
    await migrate(connection);
    const days = async (one: Client) =>
      (await one.query<object>(`SELECT tableoid::regclass::text AS day, logged_at FROM timer_changes ORDER BY 2`)).rows;
    const found = await days(client);
    expect(new Set(found.map((row) => (row as { day: string }).day)).size).toBe(5);
    expect(found[0]).toMatchObject({ day: 'timer_changes_before' });
    await backUp(client, old);
    const restored = await createDatabase({ empty: true });
    const other = await connect(restored);
    await restore(restored, other, old);
    expect(await days(other)).toEqual(found);
  });

  it.each([
    ['cut', (whole: Buffer) => whole.subarray(0, whole.length - 2_000), 'it is damaged'],
    [
      'of flipped bits',
      (whole: Buffer) => Buffer.from(whole.map((byte, at) => (at === 50_000 ? byte ^ 4 : byte))),
      'it is damaged',
    ],
    ['that is something else', () => gzipSync('{"hello": 1}\n'), 'it is damaged'],
    ['that is no archive', () => Buffer.from('hello'), 'it is damaged'],
    [
      'without its last line',
      (whole: Buffer) =>
        gzipSync(
          gunzipSync(whole)
            .toString()
            .replace(/[^\n]*\n$/, ''),
        ),
      'its end is missing',
    ],
    [
      'with a row too few',
      (whole: Buffer) =>
        gzipSync(
          gunzipSync(whole)
            .toString()
            .replace(/\nu77\t[^\n]*/, ''),
        ),
      'the rows of users do not add up',
    ],
  ])('%s is refused before anything is written', async (_, damage, reason) => {
    const connection = await createDatabase({ empty: true });
    const client = await connect(connection);
    const damaged = join(folder, `damaged-${clients.length}`);
    writeFileSync(damaged, damage(readFileSync(file)));
    await expect(restore(connection, client, damaged)).rejects.toThrow(`no whole backup (${reason})`);
    const { rows } = await client.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`);
    expect(rows).toEqual([]);
  });

  it('of a newer Metronome is refused', async () => {
    const connection = await createDatabase({ empty: true });
    const client = await connect(connection);
    const newer = join(folder, 'newer');
    writeFileSync(
      newer,
      gzipSync(
        gunzipSync(readFileSync(file))
          .toString()
          .replace(/"schema":"\w+"/, '"schema":"Later9"'),
      ),
    );
    await expect(restore(connection, client, newer)).rejects.toThrow(
      'the backup is of a newer Metronome (schema Later9)',
    );
  });

  it('is one moment, however much is written meanwhile', async () => {
    const connection = await createDatabase();
    const writer = await connect(connection);
    const reader = await connect(connection);
    const stream = { over: false };
    const writing = (async () => {
      for (let n = 0; !stream.over; n += 1) {
        await writer.query('BEGIN');
        await writer.query('INSERT INTO users (id, email) VALUES ($1, $2)', [`w${n}`, `w${n}@example.com`]);
        await writer.query('INSERT INTO legacy_tokens (id, user_id, token_hash) VALUES (gen_random_uuid(), $1, $2)', [
          `w${n}`,
          Buffer.from(String(n)),
        ]);
        await writer.query('COMMIT');
      }
    })();
    const during = join(folder, 'during.backup');
    await reader.query('SELECT pg_sleep(0.2)');
    await backUp(reader, during);
    stream.over = true;
    await writing;
    const restored = await createDatabase({ empty: true });
    const client = await connect(restored);
    await restore(restored, client, during);
    const { legacy_tokens: tokens = [], users = [] } = await everything(client);
    expect(users.length).toBeGreaterThan(0);
    expect(tokens).toHaveLength(users.length);
  });
});
