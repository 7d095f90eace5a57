import { startBoth } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { settledMemory } from './harness/memory.js';
import { compare, type Result } from './harness/result.js';
import type { ServerProcess } from './harness/server-process.js';
import { SocketLoad } from './load/socket-load-process.js';
import type { TimerOwner } from './timer-owners.js';

const CONNECTIONS = 10_000;
const PEOPLE = 20;
const OPPONENT = 'raw ws, token checked at the handshake (opponents/ws-pause-resume.ts)';
/** docs/benchmarks.md#results. */
const TARGET = 2;

/** Memory per idle, authenticated connection, beside one of raw `ws`. */
export const idleConnections: Benchmark = { name: 'idle-connections', run };

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const count = Math.round(CONNECTIONS * bench.effort.scale);
  bench.log(`idle-connections: ${count} sockets of ${PEOPLE} people on each side`);
  const limits = { WS_MAX_PER_USER: '20000', WS_MAX_PER_ADDRESS: '50000' };
  const { sides, owners } = await startBoth(bench, 'idle', 'ws-pause-resume.js', PEOPLE, limits);
  try {
    const ours = await perConnection(bench, sides.ours.server, owners, count);
    const opponent = await perConnection(bench, sides.opponent.server, owners, count);
    yield compare({
      name: 'memory of an idle connection',
      unit: 'KiB',
      better: 'lower',
      target: TARGET,
      ours: [ours / 1_024],
      opponent: [opponent / 1_024],
      details: { opponentIs: OPPONENT, connections: count },
    });
  } finally {
    await Promise.all([sides.ours.server.stop(), sides.opponent.server.stop()]);
  }
}

/** Bytes by which the process grew for each connection, after garbage collection. */
async function perConnection(
  bench: Bench,
  server: ServerProcess,
  owners: readonly TimerOwner[],
  count: number,
): Promise<number> {
  const url = `ws://127.0.0.1:${server.port}/v1/ws/timers`;
  const targets = Array.from({ length: count }, (_, index) => ({ url, token: owners[index % PEOPLE]?.token ?? '' }));
  const load = new SocketLoad(bench.postgres);
  try {
    // The first connections load and compile code, which must not count as memory per connection.
    await load.open(targets.slice(0, 200));
    const before = await settledMemory(server);
    await load.open(targets.slice(0, 0));
    await load.open(targets);
    const after = await settledMemory(server);
    return (after - before) / (count - 200);
  } finally {
    await load.stop();
  }
}
