import { both, type Side, type SideName, type Sides, startBoth } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { compare, type Result } from './harness/result.js';
import { inRounds } from './harness/rounds.js';
import { costsOf } from './load/costs.js';
import type { LoadSample } from './load/http-load-process.js';
import type { SocketCaller } from './load/socket-load.js';
import { SocketLoad } from './load/socket-load-process.js';
import { requireCommands, seedTimers, type TimerOwner } from './timer-owners.js';

const CONNECTIONS = 64;
const TIMERS_EACH = 40;
const OPPONENT =
  'raw ws, token checked at the handshake, pg pool of 16, one named UPDATE (opponents/ws-pause-resume.ts)';
/** docs/benchmarks.md#results. */
const TARGET = 1;

/** Pause and resume on sockets, one command in flight each; beside raw `ws`. */
export const socketPauseResume: Benchmark = { name: 'socket-pause-resume', run };

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const started = await startBoth(bench, 'socket', 'ws-pause-resume.js', CONNECTIONS);
  const load = new SocketLoad(bench.postgres);
  try {
    yield await measure(bench, started, load);
  } finally {
    await Promise.all([load.stop(), started.sides.ours.server.stop(), started.sides.opponent.server.stop()]);
  }
}

async function measure(bench: Bench, { sides, owners }: Sides, load: SocketLoad): Promise<Result> {
  const { rounds, scale } = bench.effort;
  bench.log(`socket-pause-resume: ${rounds} rounds with ${CONNECTIONS} sockets`);
  const slot = (measureMs: number) => (side: SideName) => () => oneSlot(sides[side], owners, load, measureMs * scale);
  await inRounds(1, both(slot(500)));
  const { ours, opponent, failure } = await inRounds(rounds, both(slot(2_500)));
  const rates = (samples: LoadSample[]) => samples.map(({ rate }) => rate);
  return compare({
    name: 'socket-pause-resume',
    unit: 'commands/s',
    better: 'higher',
    target: TARGET,
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

async function oneSlot(
  { server, databaseUrl }: Side,
  owners: readonly TimerOwner[],
  load: SocketLoad,
  measureMs: number,
): Promise<LoadSample> {
  const seeded = await seedTimers(databaseUrl, owners, TIMERS_EACH);
  const callers = seeded.map((owner) => callerOf(server.port, owner));
  const sample = await load.commands({ kind: 'commands', callers, warmUpMs: measureMs / 5, measureMs }, server.pid);
  await requireCommands(databaseUrl, sample.answers);
  return sample;
}

function callerOf(port: number, { token, timerIds }: TimerOwner): SocketCaller {
  const framesOf = (verb: string, status: string) =>
    timerIds.map((timerId) => ({
      text: JSON.stringify({ type: `timer.${verb}`, payload: { timer_id: timerId }, id: `${verb} ${timerId}` }),
      answeredBy: `"status":"${status}"`,
    }));
  const frames = [...framesOf('pause', 'PAUSED'), ...framesOf('resume', 'RUNNING')];
  return { url: `ws://127.0.0.1:${port}/v1/ws/timers`, token, frames };
}
