// `npm run lab -- drill`: backs up a live cluster of two servers under load, restores it into a new one and compares
// all rows; then repeats this with an idle cluster and starts servers on the copy. Everything runs on loopback and is
// removed afterwards.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';

import { buildWhenNeeded } from './build-when-needed.mjs';

/** How long the load runs before the backup, and again after it, in milliseconds. */
const LOAD_MS = Number(process.env.DRILL_LOAD_MS ?? 5_000);
/** Servers record the use of tokens every five seconds; a cluster is idle only after that. */
const UNTIL_QUIET_MS = 6_000;
const PEOPLE = 6;
/** Tables that differ by design: an instance or a restored database writes them itself. */
const OWN = new Set(['migrations']);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
buildWhenNeeded();
const { startEmbeddedPostgres } = await import(
  new URL('../dist/src/database/embedded/embedded-postgres.js', import.meta.url)
);
const folder = mkdtempSync(join(tmpdir(), 'metronome-drill-'));
const children = [];
const servers = [];
let failed = false;

try {
  await drill();
} finally {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed ? 'the drill FAILED' : 'the drill succeeded');
process.exit(failed ? 1 : 0);

async function drill() {
  const live = await startCluster('live');
  const people = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => signUp(live, index)));
  const load = startLoad(live, people);
  await sleep(LOAD_MS);

  const before = load.acknowledged.length;
  const began = await latestChange(live);
  const underLoad = runCli(live, 'backup', join(folder, 'under-load.backup'));
  const ended = await latestChange(live);
  console.log(`backup under load: ${underLoad}, ${Number(ended) - Number(began)} changes during it`);
  await sleep(LOAD_MS);
  await load.stop();
  console.log(`${load.acknowledged.length} commands were acknowledged, ${before} of them before the backup`);

  const restored = await startDatabase('restored');
  console.log(`restore: ${runCli(restored, 'restore', join(folder, 'under-load.backup'))}`);
  await compareWithLog(live, restored, load.acknowledged.slice(0, before));

  await sleep(UNTIL_QUIET_MS);
  runCli(live, 'backup', join(folder, 'quiet.backup'));
  const copy = await startDatabase('copy');
  runCli(copy, 'restore', join(folder, 'quiet.backup'));
  // Connected servers keep updating presence, so they stop before the comparison.
  await stopAll();
  await compareRowByRow(live, copy);
  await serveAgain(copy, people);
}

async function startDatabase(name) {
  const settings = { max_connections: '100' };
  const server = await startEmbeddedPostgres({ dataDir: join(folder, name), log: () => undefined, settings });
  servers.push(server);
  const { host, port, user, password, database } = server.connection;
  const where = host.startsWith('/')
    ? `localhost:${port}/${database}?host=${encodeURIComponent(host)}`
    : `${host}:${port}/${database}`;
  const url = `postgres://${user}:${encodeURIComponent(password)}@${where}`;
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  return { name, url, pool, instances: [] };
}

async function startCluster(name) {
  const database = await startDatabase(name);
  await startInstances(database);
  return database;
}

async function startInstances(database) {
  database.instances = await Promise.all([0, 1].map((index) => startInstance(database, index)));
}

async function startInstance({ name, url }, index) {
  const env = {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: join(folder, `${name}-${index}`),
    DATABASE_URL: url,
    JWT_SECRET: 'a secret of the drill, long enough for HS256',
    RATE_LIMIT_ENABLED: 'false',
    LOG_LEVEL: 'error',
    LOG_FORMAT: 'json',
  };
  const child = spawn(process.execPath, ['dist/src/main.js'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    let output = '';
    child.once('exit', () => reject(new Error(`an instance did not start: ${output}`)));
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const port = /Metronome listens on [^\s]*:(\d+) /.exec(output)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
  });
}

async function stopAll() {
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  for (const child of running) child.kill('SIGINT');
  await Promise.all(running.map((child) => new Promise((resolve) => child.once('exit', resolve))));
}

function runCli({ url }, ...args) {
  const env = { PATH: process.env.PATH, DATABASE_URL: url, DATA_DIR: folder };
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/cli.mjs', ...args], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args[0]} failed: ${stdout}${stderr}`);
  return `${stdout.trim().split('\n').at(-1)} (${Date.now() - started} ms, file ${statSync(args[1]).size} bytes)`;
}

/** Each user starts, pauses, resumes and stops timers on both instances, and rooms as well. */
function startLoad({ instances }, people) {
  const acknowledged = [];
  let over = false;
  const loops = people.map(async ({ token, legacyToken }, index) => {
    const room = (await send(instances[0], 'POST', '/api/v1/rooms', {}, { room_name: `team-${index}` })).body.data
      .room_id;
    for (let turn = 0; !over; turn += 1) {
      const url = instances[turn % 2];
      const bearer = { Authorization: `Bearer ${token}` };
      const key = (verb) => ({ ...bearer, 'Idempotency-Key': `drill-${index}-${turn}-${verb}` });
      const { body } = await send(url, 'POST', '/v1/timers', bearer, {
        allocated_duration: 1500,
        title: `turn ${turn}`,
      });
      acknowledged.push({ id: body.id, revision: body.revision });
      for (const [method, verb] of [
        ['PATCH', 'pause'],
        ['PATCH', 'resume'],
        ['POST', 'stop'],
      ].slice(0, turn % 4)) {
        const answer = await send(url, method, `/v1/timers/${body.id}/${verb}`, key(verb));
        acknowledged.push({ id: body.id, revision: answer.body.revision });
      }
      const legacy = { Authorization: `Token ${legacyToken}` };
      await send(url, 'POST', '/v1/user/timer/start/', legacy, { title: `old turn ${turn}` });
      await send(url, 'POST', '/v1/user/timer/stop/', legacy);
      await send(url, 'POST', `/api/v1/rooms/${room}/timer/${turn % 2 === 0 ? 'start' : 'reset'}`, {});
      // Cancel each timer; otherwise the limit of active timers would stop the load.
      await send(url, 'POST', `/v1/timers/${body.id}/cancel`, bearer);
    }
  });
  const stop = async () => {
    over = true;
    await Promise.all(loops);
  };
  return { acknowledged, stop };
}

async function signUp({ instances }, index) {
  const [email, password] = [`drill-${index}@example.com`, 'correct horse'];
  const { body } = await send(instances[0], 'POST', '/v1/auth/signup', {}, { email, password });
  const legacy = await send(instances[0], 'POST', '/v1/user/token/', {}, { username: email, password });
  return { token: body.access_token, legacyToken: legacy.body.token };
}

async function send(url, method, path, headers, body) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const answer = await fetch(url + path, { method, headers: { ...headers, ...type }, ...json });
  return { status: answer.status, body: await answer.json() };
}

/**
 * A backup under load is one snapshot: every timer matches the log, and every earlier acknowledged command is in it.
 */
async function compareWithLog(live, restored, acknowledged) {
  const logged = await rowsOf(live, 'SELECT timer_id AS id, revision, to_jsonb(l) AS row FROM timer_changes l');
  const byRevision = new Map(logged.map(({ id, revision, row }) => [`${id} ${revision}`, row]));
  const timers = await rowsOf(
    restored,
    `SELECT id, revision, to_jsonb(t) - '{id,user_id,room_id,deadline_at}'::text[]
       || jsonb_build_object('timer_id', id, 'owner', coalesce(user_id, room_id::text)) AS row FROM timers t`,
  );
  const wrong = timers.filter(({ id, revision, row }) => !holds(byRevision.get(`${id} ${revision}`), row));
  check(wrong.length === 0, `${timers.length} timers are as the log had them at their revision`, wrong);
  const last = await rowsOf(restored, 'SELECT timer_id AS id, max(revision) AS revision FROM timer_changes GROUP BY 1');
  const now = new Map(timers.map(({ id, revision }) => [id, revision]));
  const torn = last.filter(({ id, revision }) => now.get(id) !== revision);
  check(torn.length === 0, `${last.length} timers and their log are of one moment`, torn);
  const lost = acknowledged.filter(({ id, revision }) => (now.get(id) ?? 0) < revision);
  check(lost.length === 0, `${acknowledged.length} commands acknowledged before the backup are in it`, lost);
}

/** Compares all rows of all tables as text. */
async function compareRowByRow(left, right) {
  const tables = await rowsOf(
    left,
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p')
    AND relnamespace = 'public'::regnamespace AND NOT relispartition ORDER BY 1`,
  );
  let rows = 0;
  for (const { name } of tables.filter((table) => !OWN.has(table.name))) {
    // Transaction ids differ between databases.
    const query = `SELECT (to_jsonb(t) - 'transaction_id')::text AS row FROM ${name} t ORDER BY 1`;
    const [here, there] = await Promise.all([rowsOf(left, query), rowsOf(right, query)]);
    rows += here.length;
    const differing = here.filter(({ row }, index) => row !== there[index]?.row);
    check(
      here.length === there.length && differing.length === 0,
      `${name}: ${here.length} rows are the same`,
      differing,
    );
  }
  console.log(`${rows} rows of ${tables.length} tables compared`);
}

/** Signed-in users can continue on both instances of the restored cluster. */
async function serveAgain(copy, people) {
  await startInstances(copy);
  const answers = await Promise.all(
    people.map(async ({ token, legacyToken }, index) => {
      const url = copy.instances[index % 2];
      const timers = await send(url, 'GET', '/v1/timers?limit=1', { Authorization: `Bearer ${token}` });
      await send(url, 'POST', '/v1/user/timer/stop/', { Authorization: `Token ${legacyToken}` });
      const started = await send(
        url,
        'POST',
        '/v1/user/timer/start/',
        { Authorization: `Token ${legacyToken}` },
        { title: 'after' },
      );
      return [timers.status, started.status];
    }),
  );
  const wrong = answers.filter(([read, started]) => read !== 200 || started !== 200);
  check(wrong.length === 0, `${people.length} people go on where they were`, wrong);
  await stopAll();
}

async function latestChange({ pool }) {
  const { rows } = await pool.query('SELECT coalesce(max(id), 0)::text AS id FROM timer_changes');
  return rows[0].id;
}

async function rowsOf({ pool }, query) {
  return (await pool.query(query)).rows;
}

function check(holds, what, exceptions) {
  if (!holds) failed = true;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}${holds ? '' : `, but ${JSON.stringify(exceptions.slice(0, 3))}`}`);
}

function holds(line, timer) {
  return line !== undefined && Object.entries(timer).every(([column, value]) => isDeepStrictEqual(line[column], value));
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
