import { hashToken } from '../src/identity/legacy-tokens/token-text.js';
import { both, type SideName, startOurs as startServer } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { withClient } from './harness/postgres.js';
import { compare, type Result } from './harness/result.js';
import { inRounds, type Samples } from './harness/rounds.js';
import { ServerProcess } from './harness/server-process.js';
import { median, quantiles, rounded } from './harness/statistics.js';
import { costsOf } from './load/costs.js';
import { HttpLoad, type LoadSample } from './load/http-load-process.js';
import type { Calls } from './load/keep-alive-caller.js';
import { START_STOP_SCHEMA } from './opponents/start-stop-schema.js';
import { type LegacyUser, legacyUsers } from './legacy-users.js';

const CONNECTIONS = 64;
const BODY = '{"status":200,"detial":"OK","detail":"OK","data":{}}';
const OPPONENT =
  'Express 5 + pg pool of 16, named INSERT / UPDATE, token cache, no log (opponents/express-start-stop.ts)';

/** Start and stop of the legacy clients over HTTP, beside a hand-written handler. */
export const legacyStartStop: Benchmark = { name: 'legacy-start-stop', run };

/** A server with its own database. */
interface Side {
  readonly server: ServerProcess;
  readonly databaseUrl: string;
  /** Correct responses so far. */
  answers: number;
}

type Sides = Readonly<Record<SideName, Side>>;

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const users = legacyUsers(CONNECTIONS + 1);
  const sides: Sides = { ours: await startOurs(bench, users), opponent: await startOpponent(bench, users) };
  const load = new HttpLoad(bench.postgres);
  try {
    yield* measureAll(bench, sides, load, users);
  } finally {
    await Promise.all([load.stop(), sides.ours.server.stop(), sides.opponent.server.stop()]);
  }
}

async function* measureAll(
  bench: Bench,
  sides: Sides,
  load: HttpLoad,
  users: LegacyUser[],
): AsyncGenerator<Result, void> {
  const [single, ...many] = users.map(callsOf) as [Calls, ...Calls[]];
  const { rounds, scale } = bench.effort;
  bench.log(`legacy-start-stop: ${rounds} rounds with ${CONNECTIONS} connections, then with one`);
  const slot = (callers: Calls[], warmUpMs: number, measureMs: number) => (side: SideName) => async () => {
    const job = { port: sides[side].server.port, callers, warmUpMs: warmUpMs * scale, measureMs: measureMs * scale };
    const sample = await load.run(job, sides[side].server.pid);
    await check(sides[side], sample);
    return sample;
  };
  await inRounds(1, both(slot(many, 500, 500)));
  const busy = await inRounds(rounds, both(slot(many, 500, 2_500)));
  yield throughput(busy, await loadCapacity(bench, load, many));
  yield latencyOfOne(await inRounds(rounds, both(slot([single], 200, 800))));
}

function throughput({ ours, opponent, failure }: Samples<LoadSample>, capacity: number): Result {
  const rates = (samples: LoadSample[]) => samples.map(({ rate }) => rate);
  return compare({
    name: 'legacy-start-stop',
    unit: 'requests/s',
    better: 'higher',
    target: null,
    ours: rates(ours),
    opponent: rates(opponent),
    failure,
    details: {
      opponentIs: OPPONENT,
      connections: CONNECTIONS,
      ...costsOf('ours', ours),
      ...costsOf('opponent', opponent),
      loadBusyShare: rounded(Math.max(...[...ours, ...opponent].map(({ busy }) => busy))),
      loadCapacity: rounded(capacity),
      loadCapacityOverOurs: rounded(capacity / median(rates(ours))),
    },
  });
}

function latencyOfOne({ ours, opponent, failure }: Samples<LoadSample>): Result {
  const medians = (samples: LoadSample[]) => samples.map(({ latencies }) => quantiles([latencies], [0.5])[0] ?? NaN);
  return compare({
    name: 'legacy-start-stop, 1 connection p50',
    unit: 'ms',
    better: 'lower',
    target: null,
    ours: medians(ours),
    opponent: medians(opponent),
    failure,
    details: { ...costsOf('ours', ours), ...costsOf('opponent', opponent) },
  });
}

/** Start and stop in turn, as a study-timer app sends them. */
function callsOf({ token }: LegacyUser): Calls {
  const request = (path: string, body: string) =>
    [
      `POST /v1/user/timer/${path}/ HTTP/1.1`,
      'Host: 127.0.0.1',
      `Authorization: Token ${token}`,
      'User-Agent: study-timer/1.0',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  const expected = { body: BODY };
  const requests = [request('start', 'title=Linear%20algebra'), request('stop', '')];
  return { requests: requests.map((bytes) => ({ bytes, expected })), unit: 2 };
}

/** The load generator has checked every response; this checks the database. */
async function check(side: Side, { answers }: LoadSample): Promise<void> {
  side.answers += answers;
  const [row] = await withClient(side.databaseUrl, async (client) => {
    const text = 'SELECT count(*)::int AS timers, count(ended_at)::int AS ended FROM timers';
    return (await client.query<{ timers: number; ended: number }>(text)).rows;
  });
  if (row?.timers !== side.answers / 2 || row.ended !== row.timers) {
    throw new Error(`${side.answers} responses, but in the database: ${JSON.stringify(row)}`);
  }
}

/** Requests per second of the load generator against a server that costs nothing. */
async function loadCapacity({ scratch, effort }: Bench, load: HttpLoad, callers: Calls[]): Promise<number> {
  const program = new URL('load/echo-server.js', import.meta.url);
  const server = await ServerProcess.start({
    name: 'echo',
    program,
    env: { BODY },
    readyPath: '/',
    folder: scratch,
  });
  try {
    const { port, pid } = server;
    const job = { port, callers, warmUpMs: 300, measureMs: 1_000 * effort.scale };
    return (await load.run(job, pid)).rate;
  } finally {
    await server.stop();
  }
}

async function startOurs(bench: Bench, users: readonly LegacyUser[]): Promise<Side> {
  const { server, databaseUrl } = await startServer(bench, 'legacy_ours');
  await withClient(databaseUrl, async (client) => {
    const ids = users.map(({ userId }) => userId);
    await client.query('INSERT INTO users (id) SELECT unnest($1::text[])', [ids]);
    const insert = `INSERT INTO legacy_tokens (id, user_id, token_hash)
      SELECT gen_random_uuid(), * FROM unnest($1::text[], $2::bytea[])`;
    await client.query(insert, [ids, hashesOf(users)]);
  });
  return { server, databaseUrl, answers: 0 };
}

async function startOpponent({ postgres, scratch }: Bench, users: readonly LegacyUser[]): Promise<Side> {
  const databaseUrl = await postgres.createDatabase('legacy_opponent');
  await withClient(databaseUrl, async (client) => {
    await client.query(START_STOP_SCHEMA);
    const insert = `INSERT INTO tokens (user_id, token_hash) SELECT * FROM unnest($1::text[], $2::bytea[])`;
    await client.query(insert, [users.map(({ userId }) => userId), hashesOf(users)]);
  });
  const program = new URL('opponents/express-start-stop.js', import.meta.url);
  const env = { DATABASE_URL: databaseUrl, NODE_ENV: 'production' };
  const server = await ServerProcess.start({ name: 'opponent', program, env, readyPath: '/health', folder: scratch });
  return { server, databaseUrl, answers: 0 };
}

const hashesOf = (users: readonly LegacyUser[]): Buffer[] => users.map(({ token }) => hashToken(token));
