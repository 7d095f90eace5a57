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
/** What a work session takes: the targets of those that run at some moment lie this far apart. */
const SPREAD_SECONDS = 1_500;
const WATCH_SECONDS = 60;
const DUE_AT_ONCE = 20_000;
/** design.md, "What it must withstand", milliseconds. */
const LIMITS = { p50: 5, p99: 15, all: 1_000, allWithBreaks: 2_500 };

/** Sessions that end by themselves: how late, and how many at once. Nobody has to be connected for it. */
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
 * From the target to the frame on a socket in the room: work sessions of 25 minutes of which each was begun at a moment of
 * its own, so that any second is as good as another, watched for part of that time.
 */
async function lateness(bench: Bench, { port }: ServerProcess, databaseUrl: string): Promise<Result[]> {
  const watchSeconds = Math.ceil(WATCH_SECONDS * bench.effort.scale);
  bench.say(
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

/** Two instances and one second in which everything is due. */
async function allDue(bench: Bench, databaseUrl: string, autoStartBreak: boolean): Promise<Result> {
  bench.say(`completion: ${DUE_AT_ONCE} due in one second, breaks ${autoStartBreak ? 'on' : 'off'}`);
  const firstTarget = Math.ceil(Date.now() / 1_000) + 12;
  await seedRunningRooms(databaseUrl, { rooms: DUE_AT_ONCE, firstTarget, seconds: 1, autoStartBreak });
  const ms = await untilNothingDue(databaseUrl, firstTarget, DUE_AT_ONCE * (autoStartBreak ? 2 : 1));
  await requireAll(databaseUrl, DUE_AT_ONCE, autoStartBreak);
  const name = `completion of ${DUE_AT_ONCE} at once, breaks ${autoStartBreak ? 'on' : 'off'}`;
  const limit = autoStartBreak ? LIMITS.allWithBreaks : LIMITS.all;
  return limited({ name, unit: 'ms', ours: ms, limit, details: { instances: 2 } });
}

/** How many lines the log has been given. */
const WRITTEN = 'last_value - (NOT is_called)::int';

/**
 * @param lines of the log that will have been written then: they are counted by the log's own sequence, since looking for
 * what is left takes the database longer the more has just been deleted
 * @returns milliseconds from the target until the last one was committed
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
      if (took > 60_000) throw new Error('not everything that was due is completed after a minute');
      await sleep(10);
    }
  });
}

/** @throws Error unless each was completed once, at its target and not before */
async function requireAll(databaseUrl: string, count: number, breaks: boolean): Promise<void> {
  const found = await completionsIn(databaseUrl);
  const isRight = found.completed === count && found.logged === count && found.wrong === 0 && found.earliest >= 0;
  if (!isRight || found.breaks !== (breaks ? count : 0)) {
    throw new Error(`${count} were due, but there is ${JSON.stringify(found)}`);
  }
}
