import { both, startOurs, type SideName } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { withClient } from './harness/postgres.js';
import { compare, type Result } from './harness/result.js';
import { inRounds } from './harness/rounds.js';
import { costsOf } from './load/costs.js';
import { HttpLoad, type LoadSample } from './load/http-load-process.js';
import { callsOf } from './rest-pause-resume.js';
import { requireCommands, seedTimers, signUp } from './timer-owners.js';

const CONNECTIONS = 64;
const TIMERS_EACH = 40;
/** At most a fifth slower (docs/architecture.md). */
const TARGET = 0.8;

/**
 * Pause and resume over REST, each with a new `Idempotency-Key`, beside the same requests without one on the same
 * server.
 */
export const keyedCommands: Benchmark = { name: 'keyed-commands', run };

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const side = await startOurs(bench, 'keyed');
  const load = new HttpLoad(bench.postgres);
  try {
    yield await measure(bench, side, load);
  } finally {
    await Promise.all([load.stop(), side.server.stop()]);
  }
}

async function measure(
  bench: Bench,
  { server, databaseUrl }: Awaited<ReturnType<typeof startOurs>>,
  load: HttpLoad,
): Promise<Result> {
  const { rounds, scale } = bench.effort;
  bench.log(`keyed-commands: ${rounds} rounds with ${CONNECTIONS} connections`);
  const owners = await signUp(server, CONNECTIONS);
  const slot = (measureMs: number) => (name: SideName) => async () => {
    await withClient(databaseUrl, (client) => client.query('TRUNCATE kept_answers'));
    const seeded = await seedTimers(databaseUrl, owners, TIMERS_EACH);
    const callers = seeded.map((owner) => callsOf(owner, name === 'ours'));
    const job = { port: server.port, callers, warmUpMs: 500 * scale, measureMs: measureMs * scale };
    const sample = await load.run(job, server.pid);
    await requireCommands(databaseUrl, sample.answers);
    return sample;
  };
  await inRounds(1, both(slot(500)));
  const { ours, opponent, failure } = await inRounds(rounds, both(slot(2_500)));
  const rates = (samples: LoadSample[]) => samples.map(({ rate }) => rate);
  return compare({
    name: 'keyed-commands',
    unit: 'requests/s',
    better: 'higher',
    target: TARGET,
    ours: rates(ours),
    opponent: rates(opponent),
    failure,
    details: {
      opponentIs: 'the same server and the same requests without a key',
      connections: CONNECTIONS,
      ...costsOf('ours', ours),
      ...costsOf('opponent', opponent),
    },
  });
}
