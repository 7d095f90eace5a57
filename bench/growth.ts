import { type Side, type SideName, both, startOurs } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { withClient } from './harness/postgres.js';
import { compare, type Result } from './harness/result.js';
import { inRounds, type Samples } from './harness/rounds.js';
import { quantiles } from './harness/statistics.js';
import { costsOf } from './load/costs.js';
import { HttpLoad, type LoadSample } from './load/http-load-process.js';
import { SocketLoad } from './load/socket-load-process.js';
import { callsOf } from './rest-pause-resume.js';
import { addTimers, signUp, type TimerOwner } from './timer-owners.js';

/** Number of timers stored, {@link STORED_EACH} per user, in each of the two databases. */
const STORED = { ours: 5_000_000, opponent: 10_000 } as const;
const STORED_EACH = 100;
const SOCKETS = 10_000;
const CONNECTIONS = 64;
const TIMERS_EACH = 40;
const OPPONENT = `the same server with ${STORED.opponent} timers stored and no socket open`;
/** docs/benchmarks.md#results. */
const TARGET = 1.2;

/**
 * The same commands on a small and on a large store, then also with many open sockets: the cost must follow the work,
 * not the stored data.
 */
export const growth: Benchmark = { name: 'growth', run };

type Grown = Readonly<Record<SideName, Side & { readonly owners: readonly TimerOwner[] }>>;

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const sides = { ours: await open(bench, 'ours'), opponent: await open(bench, 'opponent') };
  const load = new HttpLoad(bench.postgres);
  const idle = new SocketLoad(bench.postgres);
  try {
    yield* measure(bench, sides, load, `with ${STORED.ours} timers stored`);
    await openSockets(bench, sides.ours, idle);
    yield* measure(bench, sides, load, `and ${SOCKETS} sockets open`);
  } finally {
    await Promise.all([load.stop(), idle.stop(), sides.ours.server.stop(), sides.opponent.server.stop()]);
  }
}

async function open(bench: Bench, name: SideName) {
  const limits = { WS_MAX_PER_USER: '20000', WS_MAX_PER_ADDRESS: '50000' };
  const side = await startOurs(bench, `growth_${name}`, limits);
  const owners = await signUp(side.server, CONNECTIONS);
  bench.log(`growth: storing ${STORED[name]} timers`);
  await store(side.databaseUrl, owners, STORED[name]);
  return { ...side, owners };
}

/** The callers own as many stored timers as every other user. */
async function store(databaseUrl: string, owners: readonly TimerOwner[], count: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const people = count / STORED_EACH - owners.length;
    await client.query(`INSERT INTO users (id) SELECT 'grown-' || n FROM generate_series(1, $1::int) n`, [people]);
    await client.query(STORE, [STORED_EACH]);
    await client.query('VACUUM ANALYZE timers');
    await client.query('CHECKPOINT');
  });
}

const STORE = `
  INSERT INTO timers (id, user_id, origin, title, allocated_duration, status, elapsed_time, started_at, paused_at, ended_at,
    history, revision, created_at, updated_at)
  SELECT gen_random_uuid(), u.id, 'v1', 'Linear algebra', 1500, 'completed', 1500, at, NULL, at + interval '1500 s',
    jsonb_build_array(jsonb_build_object('action', 'start', 'at', extract(epoch FROM at)::bigint),
      jsonb_build_object('action', 'stop', 'at', extract(epoch FROM at)::bigint + 1500, 'elapsed', 1500)),
    2, at, at + interval '1500 s'
  FROM users u, generate_series(1, $1::int) n,
    LATERAL (SELECT date_trunc('second', now()) - n * interval '1 hour' AS at) AS second`;

async function openSockets(bench: Bench, { server, owners }: Grown[SideName], idle: SocketLoad): Promise<void> {
  bench.log(`growth: opening ${SOCKETS} sockets`);
  const url = `ws://127.0.0.1:${server.port}/v1/ws/timers`;
  // The listeners are other users than the callers, so they receive nothing: only their number matters here.
  const listeners = await signUp(server, 20, 'listener');
  const tokenOf = (index: number) => listeners[index % listeners.length]?.token ?? owners[0]?.token ?? '';
  await idle.open(Array.from({ length: SOCKETS }, (_, index) => ({ url, token: tokenOf(index) })));
}

async function* measure(bench: Bench, sides: Grown, load: HttpLoad, what: string): AsyncGenerator<Result, void> {
  bench.log(`growth: pause and resume ${what}`);
  const { rounds, scale } = bench.effort;
  const slot = (connections: number) => (side: SideName) => () => oneSlot(sides[side], load, connections, scale);
  await inRounds(1, both(slot(CONNECTIONS)));
  yield result(`pause/resume ${what}, 1 connection p50`, await inRounds(rounds, both(slot(1))));
  const busy = await inRounds(rounds, both(slot(CONNECTIONS)));
  yield result(`pause/resume ${what}, ${CONNECTIONS} connections p50`, busy);
}

async function oneSlot({ server, databaseUrl, owners }: Grown[SideName], load: HttpLoad, count: number, scale: number) {
  const seeded = await addTimers(databaseUrl, owners.slice(0, count), TIMERS_EACH);
  const callers = seeded.map((owner) => callsOf(owner));
  return load.run({ port: server.port, callers, warmUpMs: 500 * scale, measureMs: 1_500 * scale }, server.pid);
}

function result(name: string, { ours, opponent, failure }: Samples<LoadSample>): Result {
  const medians = (samples: LoadSample[]) => samples.map(({ latencies }) => quantiles([latencies], [0.5])[0] ?? NaN);
  return compare({
    name,
    unit: 'ms',
    better: 'lower',
    target: TARGET,
    ours: medians(ours),
    opponent: medians(opponent),
    failure,
    details: { opponentIs: OPPONENT, ...costsOf('large', ours), ...costsOf('small', opponent) },
  });
}
