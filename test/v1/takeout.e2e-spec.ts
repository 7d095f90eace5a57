import { Client, Pool } from 'pg';

import { clientConfig } from '../../src/database/connection.js';
import { NO_LIMITS, prepareSession } from '../../src/database/session.js';
import { AccountExport } from '../../src/v1/users/account-export.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** What taking everything along reads of the database (docs/spec/v1.md#9-usersme, `/v1/users/me/export`). */

let app: TestApp;
let client: Client;

beforeAll(async () => {
  app = await startTestApp();
  client = new Client({ ...clientConfig(app.connection), query_timeout: 0 });
  await client.connect();
  await prepareSession(client, NO_LIMITS);
}, 60_000);
afterAll(async () => {
  await client.end();
  await app.close();
});

/** So many rows of each table that a person may have many rows of. */
async function personWith(id: string, count: number): Promise<void> {
  const group = `(SELECT id FROM tag_groups WHERE owner_id = $1 LIMIT 1)`;
  const many = 'generate_series(1, $2::int) n';
  const moment = `timestamptz '2026-03-01T00:00:00Z'`;
  const statements = [
    `INSERT INTO users (id) SELECT $1 WHERE $2::int > 0`,
    `INSERT INTO tag_groups (id, owner_id, name, color, created_at, updated_at)
     SELECT gen_random_uuid(), $1, 'group ' || n, '#FFF', now(), now() FROM ${many}`,
    `INSERT INTO tags (id, owner_id, group_id, name, color, created_at, updated_at)
     SELECT gen_random_uuid(), $1, ${group}, 'tag ' || n, '#FFF', now(), now() FROM ${many}`,
    `INSERT INTO todos (id, owner_id, title, tag_group_id, status, tag_ids, created_at, updated_at)
     SELECT gen_random_uuid(), $1, 'todo', ${group}, 'UNSCHEDULED', '{}', now(), now() FROM ${many}`,
    `INSERT INTO room_presence (id, room_id, participant_id, user_id, instance, came_at, seen_at, went_at)
     SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1, gen_random_uuid(), ${moment}, ${moment}, ${moment}
     FROM ${many}`,
    `INSERT INTO kept_attendances (user_id, session_id, room_id, room_name, session, segments, started_at)
     SELECT $1, gen_random_uuid(), gen_random_uuid(), 'room', '{}', '[[1,2]]', ${moment} FROM ${many}`,
  ];
  for (const statement of statements) await client.query(statement, [id, count]);
  await client.query('ANALYZE');
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** Rows that this plan read of tables, those included that it did not want. */
function readBy(plan: Plan): number {
  const below = (plan.Plans ?? []).reduce((sum, child) => sum + readBy(child), 0);
  if (!/^(Seq|Index|Index Only|Bitmap Heap) Scan$/.test(plan['Node Type'])) return below;
  return below + (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
}

/** Rows read for all that a person takes along. */
async function readFor(id: string): Promise<{ rows: number; items: number }> {
  const sent = jest.spyOn(app.app.get(Pool), 'query');
  let text = '';
  for await (const piece of app.app.get(AccountExport).pieces(id, new AbortController().signal)) text += piece;
  const calls = sent.mock.calls as unknown as [string | { text: string; values?: unknown[] }, unknown[]?][];
  const statements = calls.map(([statement, values]) =>
    typeof statement === 'string' ? ([statement, values] as const) : ([statement.text, statement.values] as const),
  );
  sent.mockRestore();
  let rows = 0;
  for (const [statement, values] of statements) {
    const { rows: explained } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`,
      values,
    );
    rows += readBy((explained[0]?.['QUERY PLAN'] ?? [])[0]?.Plan as Plan);
  }
  const items = Object.values(JSON.parse(text) as object)
    .filter((value) => Array.isArray(value))
    .flat().length;
  return { rows, items };
}

it('grows with what a person has, and with nothing else', async () => {
  await personWith('with-some', 1_000);
  await personWith('with-much', 6_000);
  const [some, much] = [await readFor('with-some'), await readFor('with-much')];
  process.stdout.write(`rows read: ${some.rows} for ${some.items}, ${much.rows} for ${much.items}\n`);
  expect([some.items, much.items]).toEqual([5_000, 30_000]);
  // Each row is read for its key and then for itself, and a todo with what belongs to it.
  expect(some.rows).toBeLessThan(4 * some.items);
  expect(much.rows).toBeLessThan(4 * much.items);
}, 120_000);
