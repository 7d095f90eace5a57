import { setTimeout as sleep } from 'node:timers/promises';

import { startOurs } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { withClient } from './harness/postgres.js';
import { limited, type Result } from './harness/result.js';
import { ServerProcess } from './harness/server-process.js';
import { quantiles, rounded } from './harness/statistics.js';
import { SocketLoad } from './load/socket-load-process.js';
import { completionsIn, seedRunningRooms } from './running-rooms.js';

const RUNNING = 10_000;
/** The length of a work session: the targets of sessions that run at the same moment are spread over this time. */
const SPREAD_SECONDS = 1_500;
const WATCH_SECONDS = 60;
const DUE_AT_ONCE = 20_000;
/** docs/benchmarks.md#results, milliseconds. */
const LIMITS = { p50: 5, p99: 15, all: 1_000, allWithBreaks: 2_500 };

/**
 * Sessions that reach their target: how late they complete, and how long a burst takes. No client needs to be
 * connected.
 */
export const completion: Benchmark = { name: 'completion', run };

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const { server, databaseUrl } = await startOurs(bench, 'completion');
  const program = new URL('../src/main.js', import.meta.url);
  const env = {
    DATABASE_URL: databaseUrl,
    RATE_LIMIT_ENABLED: 'false',
    JWT_SECRET: 'another instance of the same server',
  };
  const folder = bench.scratch;
  try {
    yield* await lateness(bench, server, databaseUrl);
    const second = await ServerProcess.start({ name: 'second', program, env, readyPath: '/health/ready', folder });
    try {
      yield await allDue(bench, databaseUrl, false);
      yield await allDue(bench, databaseUrl, true);
    } finally {
      await second.stop();
    }
  } finally {
    await server.stop();
  }
}

/**
 * From the target to the frame on a socket in the room. The 25-minute work sessions began at random moments, so that
 * every second is alike; a part of that time is watched.
 */
async function lateness(bench: Bench, { port }: ServerProcess, databaseUrl: string): Promise<Result[]> {
  const watchSeconds = Math.ceil(WATCH_SECONDS * bench.effort.scale);
  bench.log(
    `completion: ${RUNNING} sessions that end at random within ${SPREAD_SECONDS} s, watched for ${watchSeconds} s`,
  );
  const firstTarget = Math.ceil(Date.now() / 1_000) + 12;
  const wanted = { rooms: RUNNING, firstTarget, seconds: SPREAD_SECONDS, autoStartBreak: false };
  const rooms = await seedRunningRooms(databaseUrl, wanted);
  const watched = rooms.filter(({ target }) => target < firstTarget + watchSeconds);
  const load = new SocketLoad(bench.postgres);
  try {
    await load.open(watched.map(({ id }) => ({ url: `ws://127.0.0.1:${port}/ws/room/${id}` })));
    const withinMs = (watchSeconds + 30) * 1_000;
    const arrivals = await load.arrivals({ includes: '"timer_complete"', frames: 1, withinMs });
    const late = Float32Array.from(arrivals, (at, index) => at - (watched[index]?.target ?? NaN) * 1_000);
    const { completed, logged, wrong, earliest } = await completionsIn(databaseUrl);
    if (completed < watched.length || logged !== completed || wrong > 0 || earliest < 0) {
      throw new Error(`${watched.length} were due, ${completed} are completed, ${logged} logged, ${wrong} wrong`);
    }
    return [atMost('p50', late, 0.5, LIMITS.p50), atMost('p99', late, 0.99, LIMITS.p99)];
  } finally {
    await load.stop();
  }
}

function atMost(name: string, late: Float32Array, share: number, limit: number): Result {
  const [value] = quantiles([late], [share]);
  const details = { watched: late.length, running: RUNNING, 'earliest ms': rounded(Math.min(...late)) };
  return limited({ name: `completion lateness ${name}`, unit: 'ms', ours: value ?? NaN, limit, details });
}

/** Two instances, and one second in which all sessions are due. */
async function allDue(bench: Bench, databaseUrl: string, autoStartBreak: boolean): Promise<Result> {
  bench.log(`completion: ${DUE_AT_ONCE} due in one second, breaks ${autoStartBreak ? 'on' : 'off'}`);
  const firstTarget = Math.ceil(Date.now() / 1_000) + 12;
  await seedRunningRooms(databaseUrl, { rooms: DUE_AT_ONCE, firstTarget, seconds: 1, autoStartBreak });
  const ms = await untilNothingDue(databaseUrl, firstTarget, DUE_AT_ONCE * (autoStartBreak ? 2 : 1));
  await requireAll(databaseUrl, DUE_AT_ONCE, autoStartBreak);
  const name = `completion of ${DUE_AT_ONCE} at once, breaks ${autoStartBreak ? 'on' : 'off'}`;
  const limit = autoStartBreak ? LIMITS.allWithBreaks : LIMITS.all;
  return limited({ name, unit: 'ms', ours: ms, limit, details: { instances: 2 } });
}

/** Number of rows written to the log. */
const WRITTEN = 'last_value - (NOT is_called)::int';

/**
 * Counts rows by the log's sequence, because a query for remaining deadlines gets slower with every row just deleted.
 * @param lines log rows expected by the end
 * @returns milliseconds from the target to the last commit
 */
async function untilNothingDue(databaseUrl: string, target: number, lines: number): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ last: string }>(`SELECT ${WRITTEN} AS last FROM timer_changes_id_seq`);
    const last = Number(rows[0]?.last) + lines;
    const text = `SELECT ${WRITTEN} >= $2 AND NOT EXISTS (SELECT FROM timer_deadlines WHERE deadline_at <= to_timestamp($1))
      AS done FROM timer_changes_id_seq`;
    await sleep(target * 1_000 - Date.now());
    for (;;) {
      const { rows } = await client.query<{ done: boolean }>({ name: 'done', text, values: [target, last] });
      const took = Date.now() - target * 1_000;
      if (rows[0]?.done === true) return took;
      if (took > 60_000) throw new Error('some due sessions are not completed after a minute');
      await sleep(10);
    }
  });
}

/** @throws Error unless each session was completed exactly once, at its target and not before */
async function requireAll(databaseUrl: string, count: number, breaks: boolean): Promise<void> {
  const found = await completionsIn(databaseUrl);
  const isExpected = found.completed === count && found.logged === count && found.wrong === 0 && found.earliest >= 0;
  if (!isExpected || found.breaks !== (breaks ? count : 0)) {
    throw new Error(`${count} were due, found ${JSON.stringify(found)}`);
  }
}
