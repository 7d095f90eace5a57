import { randomInt } from 'node:crypto';

import { CRASH_POINTS, type CrashPoint } from '../../src/common/crash-point.js';
import { Random } from './random.js';
import { CrashSite, type Kill } from './site.js';

/** `npm run lab -- crash 200` kills 200 times at each point; `CRASH_SEED` takes the same choices again. */
const KILLS_A_POINT = Number(process.env['CRASHES'] ?? 4);
const SEED = Number(process.env['CRASH_SEED'] ?? randomInt(2 ** 31));
/** A new database after so many: clocks only go forward, and histories grow. */
const KILLS_A_SITE = 60;

const order = (random: Random): CrashPoint[] =>
  Array.from({ length: KILLS_A_POINT }, () => [...CRASH_POINTS].sort(() => random.next() - 0.5)).flat();

const quantile = (values: number[], part: number): number =>
  Math.round([...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0);

function report(kills: readonly Kill[]): void {
  for (const point of CRASH_POINTS) {
    const here = kills.filter((kill) => kill.point === point);
    const acknowledged = here.reduce((sum, kill) => sum + kill.acknowledged, 0);
    const caughtUp = here.map(({ caughtUpMs }) => caughtUpMs);
    const down = here.map(({ downMs }) => downMs);
    process.stdout.write(
      `${point}: ${here.length} kills, ${acknowledged} acknowledged commands, back after ${quantile(down, 0.5)} ms, ` +
        `caught up ${quantile(caughtUp, 0.5)} ms (at most ${quantile(caughtUp, 1)} ms) later\n`,
    );
  }
}

/** Kills one after the other, on a site of its own after so many; the first problem is the last kill. */
async function killAll(points: CrashPoint[], random: Random, kills: Kill[]): Promise<void> {
  while (points.length > 0) {
    const site = await CrashSite.open(random);
    try {
      for (const point of points.splice(0, KILLS_A_SITE)) {
        const kill = await site.kill(point);
        kills.push(kill);
        expect(kill).toEqual({ ...kill, problems: [] });
      }
    } finally {
      await site.close();
    }
  }
}

it(
  `loses and doubles nothing in ${KILLS_A_POINT} kills at each of ${CRASH_POINTS.length} points`,
  async () => {
    process.stdout.write(`CRASH_SEED=${SEED}\n`);
    const random = new Random(SEED);
    const points = order(random);
    const half = Math.ceil(points.length / 2);
    // Two at a time: most of it is waiting for a server that starts.
    const kills: Kill[] = [];
    const kill = (some: CrashPoint[]) => killAll(some, new Random(random.between(0, 2 ** 30)), kills);
    const ended = await Promise.allSettled([points.slice(0, half), points.slice(half)].map(kill));
    report(kills);
    for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
    expect(kills.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).toBeGreaterThan(kills.length);
  },
  KILLS_A_POINT * CRASH_POINTS.length * 10_000 + 60_000,
);
