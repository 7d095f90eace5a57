import type { Bench, Benchmark } from './harness/benchmark.js';
import { both, type SideName, type Sides, startBoth } from './sides.js';
import { compare, type Result } from './harness/result.js';
import { inRounds, type Samples } from './harness/rounds.js';
import { quantiles } from './harness/statistics.js';
import { costsOf } from './load/costs.js';
import { HttpLoad, type LoadSample } from './load/http-load-process.js';
import { type Calls, KEY_PLACEHOLDER } from './load/keep-alive-caller.js';
import { requireCommands, seedTimers, type TimerOwner } from './timer-owners.js';

const CONNECTIONS = 64;
/** Enough for about ten commands per timer in a slot: histories are then as long as those of real timers. */
const TIMERS_EACH = { busy: 40, alone: 160 };
const OPPONENT =
  'Express 5 + pg pool of 16, one named UPDATE with owner and status check, verified-token cache, no log (opponents/express-pause-resume.ts)';
/** docs/benchmarks.md#results. */
const TARGETS = { busy: 1.25, alone: 1.15 };

/** Pause and resume over REST (JWT, validation, ownership, change log, fan-out), beside a hand-written handler. */
export const restPauseResume: Benchmark = { name: 'rest-pause-resume', run };

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const started = await startBoth(bench, 'rest', 'express-pause-resume.js', CONNECTIONS);
  const load = new HttpLoad(bench.postgres);
  try {
    yield* measureAll(bench, started, load);
  } finally {
    await Promise.all([load.stop(), started.sides.ours.server.stop(), started.sides.opponent.server.stop()]);
  }
}

async function* measureAll(bench: Bench, { sides, owners }: Sides, load: HttpLoad): AsyncGenerator<Result, void> {
  const { rounds, scale } = bench.effort;
  bench.log(`rest-pause-resume: ${rounds} rounds with ${CONNECTIONS} connections, then with one`);
  const slot = (connections: number, warmUpMs: number, measureMs: number) => (side: SideName) => async () => {
    const timersEach = connections === 1 ? TIMERS_EACH.alone : TIMERS_EACH.busy;
    const { server, databaseUrl } = sides[side];
    const seeded = await seedTimers(databaseUrl, owners.slice(0, connections), timersEach);
    const job = {
      port: server.port,
      callers: seeded.map((owner) => callsOf(owner)),
      warmUpMs: warmUpMs * scale,
      measureMs: measureMs * scale,
    };
    const sample = await load.run(job, server.pid);
    await requireCommands(databaseUrl, sample.answers);
    return sample;
  };
  await inRounds(1, both(slot(CONNECTIONS, 500, 500)));
  yield throughput(await inRounds(rounds, both(slot(CONNECTIONS, 500, 2_500))));
  yield latencyOfOne(await inRounds(rounds, both(slot(1, 200, 800))));
}

function throughput({ ours, opponent, failure }: Samples<LoadSample>): Result {
  const rates = (samples: LoadSample[]) => samples.map(({ rate }) => rate);
  return compare({
    name: 'rest-pause-resume',
    unit: 'requests/s',
    better: 'higher',
    target: TARGETS.busy,
    ours: rates(ours),
    opponent: rates(opponent),
    failure,
    details: {
      opponentIs: OPPONENT,
      connections: CONNECTIONS,
      ...costsOf('ours', ours),
      ...costsOf('opponent', opponent),
    },
  });
}

function latencyOfOne({ ours, opponent, failure }: Samples<LoadSample>): Result {
  const medians = (samples: LoadSample[]) => samples.map(({ latencies }) => quantiles([latencies], [0.5])[0] ?? NaN);
  return compare({
    name: 'rest-pause-resume, 1 connection p50',
    unit: 'ms',
    better: 'lower',
    target: TARGETS.alone,
    ours: medians(ours),
    opponent: medians(opponent),
    failure,
    details: { ...costsOf('ours', ours), ...costsOf('opponent', opponent) },
  });
}

/**
 * Pauses all of the owner's timers one after the other, then resumes them. @param keyed sends each with an
 * Idempotency-Key
 */
export function callsOf({ token, timerIds }: TimerOwner, keyed = false): Calls {
  const requestsOf = (verb: string, status: string) =>
    timerIds.map((id) => ({
      bytes: requestOf(`/v1/timers/${id}/${verb}`, token, keyed),
      expected: expectedOf(status),
    }));
  return { requests: [...requestsOf('pause', 'PAUSED'), ...requestsOf('resume', 'RUNNING')], unit: 1 };
}

const expectedOf = (status: string) => ({ includes: `"status":"${status}"` });

const requestOf = (path: string, token: string, keyed: boolean): string =>
  [
    `PATCH ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${token}`,
    'User-Agent: bench/1.0',
    ...(keyed ? [`Idempotency-Key: ${KEY_PLACEHOLDER}`] : []),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
