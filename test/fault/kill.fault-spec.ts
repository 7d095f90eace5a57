import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import { connectionOf } from '../../src/database/embedded/embedded-postgres.js';
import { LegacyClient } from '../support/legacy-client.js';
import { postmasterOf, runCli, Server, temporaryFolder, until } from '../support/server.js';

/** `npm run lab -- kill 20` before a release. */
const KILLS = Number(process.env['KILLS'] ?? 5);
const PEOPLE = 4;

interface Row {
  user_id: string;
  title: string;
  status: string;
}

/** Starts and stops one person's timers one after the other; what was acknowledged is on disk before the next command. */
async function work(client: LegacyClient, person: string, ledger: string, isOver: () => boolean): Promise<void> {
  for (let number = 0; !isOver(); number += 1) {
    const title = `${person}-${Date.now()}-${number}`;
    const write = (event: string) => {
      appendFileSync(ledger, `${person} ${event} ${title}\n`);
    };
    const { status: started } = await client.start(title);
    if (started === 200) write('started');
    const { status: stopped } = await client.stop();
    if (stopped === 200) write(started === 200 ? 'stopped' : 'stopped-something');
  }
}

async function timersIn(dataDir: string): Promise<Row[]> {
  const connection = connectionOf(dataDir);
  if (!connection) throw new Error('no server runs');
  const client = new Client(connection);
  await client.connect();
  const { rows } = await client.query<Row>('SELECT user_id, title, status FROM timers');
  await client.end();
  return rows;
}

/** Every acknowledged start is there, and every acknowledged stop of it has completed it. */
function missing(ledger: string, timers: readonly Row[]): string[] {
  const statusByTitle = new Map(timers.map(({ title, status }) => [title, status]));
  return readFileSync(ledger, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => {
      const [, event, title = ''] = line.split(' ');
      if (event === 'stopped-something') return false;
      const status = statusByTitle.get(title);
      return event === 'started' ? status === undefined : status !== 'completed';
    });
}

it(`loses nothing it acknowledged in ${KILLS} kills`, async () => {
  const dataDir = temporaryFolder();
  const ledger = join(dataDir, 'ledger.txt');
  const env = { DATA_DIR: dataDir };
  let server = new Server({ env });
  let url = await server.listening();
  const people = Array.from({ length: PEOPLE }, (_, index) => {
    const email = `p${index}@example.com`;
    const user = runCli(env, 'users', 'create', email);
    const token = /[0-9a-f]{40}/.exec(runCli(env, 'tokens', 'create', email).output)?.[0] ?? '';
    expect([user.status, token]).toEqual([0, expect.stringMatching(/^[0-9a-f]{40}$/)]);
    return { email, client: new LegacyClient(url, token) };
  });
  for (let kill = 0; kill < KILLS; kill += 1) {
    let over = false;
    const length = () => (existsSync(ledger) ? readFileSync(ledger).length : 0);
    const before = length();
    const streams = people.map(({ email, client }) => work(client, email, ledger, () => over).catch(() => undefined));
    // Not before something has been acknowledged, however long a busy machine takes for it; then at any moment.
    await until(() => length() > before, 30_000);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 700));
    // Every second time the whole machine fails, as far as PostgreSQL can tell.
    if (kill % 2 === 1) process.kill(postmasterOf(dataDir), 'SIGKILL');
    await server.kill();
    over = true;
    await Promise.all(streams);
    const killedAt = Date.now();
    server = new Server({ env });
    url = await server.listening();
    process.stdout.write(`kill ${kill + 1}: serves again after ${Date.now() - killedAt} ms\n`);
    for (const { client } of people) client.url = url;
    expect(missing(ledger, await timersIn(dataDir))).toEqual([]);
  }
  // And it goes on: whatever runs can be stopped, and something new started.
  for (const { client } of people) {
    await client.stop();
    expect((await client.start('after')).status).toBe(200);
  }
  expect(await server.stop()).toBe(0);
}, 240_000);
