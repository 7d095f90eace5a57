import { migrate } from '../src/database/migrate.js';
import type { Bench, Benchmark } from './frame/benchmark.js';
import { withClient } from './frame/cluster.js';
import { compare, type Result } from './frame/result.js';
import { inRounds, type Samples } from './frame/rounds.js';
import { ServerProcess } from './frame/server-process.js';
import { quantiles } from './frame/statistics.js';
import { HttpLoad, type LoadSample } from './load/http-load-process.js';
import { costsOf } from './load/costs.js';
import type { Calls } from './load/keep-alive-caller.js';
import { commandsTaken, seedTimers, signUp, type TimerOwner } from './timer-owners.js';

const CONNECTIONS = 64;
/** Few commands fall on each, so their histories are as long as timers really have them. */
const TIMERS_EACH = 40;
const SECRET = 'the secret of the benchmarks, the same for both sides';
const OPPONENT =
  'Express 5 + pg pool of 16, one named UPDATE with owner and status check, verified-token cache, no log (opponents/express-pause-resume.ts)';
/** design.md, "What it must withstand". */
const TARGETS = { busy: 1.25, alone: 1.15 };

/** Pause and resume over REST: JWT, validation, ownership, change log, fan-out; beside a handler written by hand. */
export const restPauseResume: Benchmark = { name: 'rest-pause-resume', run };

type SideName = keyof Samples<unknown>;
type Sides = Readonly<Record<SideName, { readonly server: ServerProcess; readonly databaseUrl: string }>>;

async function run(bench: Bench): Promise<Result[]> {
  const [oursUrl, opponentUrl] = [await prepare(bench, 'rest_ours'), await prepare(bench, 'rest_opponent')];
  const ours = await start(bench, 'ours', oursUrl);
  const opponent = await start(bench, 'opponent', opponentUrl);
  const load = new HttpLoad(bench.cluster);
  try {
    const owners = await signUp(ours, CONNECTIONS);
    await copyUsers(oursUrl, opponentUrl);
    const sides = {
      ours: { server: ours, databaseUrl: oursUrl },
      opponent: { server: opponent, databaseUrl: opponentUrl },
    };
    return await measureAll(bench, sides, load, owners);
  } finally {
    await Promise.all([load.stop(), ours.stop(), opponent.stop()]);
  }
}

async function measureAll(
  bench: Bench,
  sides: Sides,
  load: HttpLoad,
  owners: readonly TimerOwner[],
): Promise<Result[]> {
  const { rounds, scale } = bench.effort;
  bench.say(`rest-pause-resume: ${rounds} rounds with ${CONNECTIONS} connections, then with one`);
  const slot = (connections: number, warmUpMs: number, measureMs: number) => (side: SideName) => async () => {
    const { server, databaseUrl } = sides[side];
    const seeded = await seedTimers(databaseUrl, owners.slice(0, connections), TIMERS_EACH);
    const callers = seeded.map((owner) => callsOf(owner));
    const job = { port: server.port, callers, warmUpMs: warmUpMs * scale, measureMs: measureMs * scale };
    const sample = await load.run(job, server.pid);
    const taken = await commandsTaken(databaseUrl);
    if (taken !== sample.answers) throw new Error(`${sample.answers} answers, but ${taken} commands in the database`);
    return sample;
  };
  await inRounds(1, both(slot(CONNECTIONS, 500, 500)));
  const busy = await inRounds(rounds, both(slot(CONNECTIONS, 500, 2_500)));
  const alone = await inRounds(rounds, both(slot(1, 200, 800)));
  return [throughput(busy), latencyOfOne(alone)];
}

const both = <Value>(of: (side: SideName) => Value) => ({ ours: of('ours'), opponent: of('opponent') });

function throughput({ ours, opponent }: Samples<LoadSample>): Result {
  const rates = (samples: LoadSample[]) => samples.map(({ rate }) => rate);
  return compare({
    name: 'rest-pause-resume',
    unit: 'requests/s',
    better: 'higher',
    target: TARGETS.busy,
    ours: rates(ours),
    opponent: rates(opponent),
    details: {
      opponentIs: OPPONENT,
      connections: CONNECTIONS,
      ...costsOf('ours', ours),
      ...costsOf('opponent', opponent),
    },
  });
}

function latencyOfOne({ ours, opponent }: Samples<LoadSample>): Result {
  const medians = (samples: LoadSample[]) => samples.map(({ latencies }) => quantiles([latencies], [0.5])[0] ?? NaN);
  return compare({
    name: 'rest-pause-resume, 1 connection p50',
    unit: 'ms',
    better: 'lower',
    target: TARGETS.alone,
    ours: medians(ours),
    opponent: medians(opponent),
    details: { ...costsOf('ours', ours), ...costsOf('opponent', opponent) },
  });
}

/** Pauses all of the owner's timers one after the other, then resumes them. */
function callsOf({ token, timerIds }: TimerOwner): Calls {
  const requestsOf = (verb: string, status: string) =>
    timerIds.map((id) => ({
      bytes: [
        `PATCH /v1/timers/${id}/${verb} HTTP/1.1`,
        'Host: 127.0.0.1',
        `Authorization: Bearer ${token}`,
        'User-Agent: bench/1.0',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
      right: { includes: `"status":"${status}"` },
    }));
  return { requests: [...requestsOf('pause', 'PAUSED'), ...requestsOf('resume', 'RUNNING')], unit: 1 };
}

async function prepare({ cluster }: Bench, purpose: string): Promise<string> {
  const url = await cluster.createDatabase(purpose);
  await migrate({ url });
  return url;
}

function start({ scratch }: Bench, name: SideName, databaseUrl: string): Promise<ServerProcess> {
  const file = name === 'ours' ? '../src/main.js' : 'opponents/express-pause-resume.js';
  const env = {
    DATABASE_URL: databaseUrl,
    JWT_SECRET: SECRET,
    RATE_LIMIT_ENABLED: 'false',
    ...(name === 'opponent' ? { NODE_ENV: 'production' } : {}),
  };
  const readyPath = name === 'ours' ? '/health/ready' : '/health';
  return ServerProcess.start({ name, program: new URL(file, import.meta.url), env, readyPath, folder: scratch });
}

/** The opponent's timers refer to the same people. */
async function copyUsers(from: string, to: string): Promise<void> {
  const ids = await withClient(
    from,
    async (client) => (await client.query<{ id: string }>('SELECT id FROM users')).rows,
  );
  await withClient(to, (client) =>
    client.query('INSERT INTO users (id) SELECT unnest($1::text[])', [ids.map(({ id }) => id)]),
  );
}
