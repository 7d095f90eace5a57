import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';

import { Cluster, freePort } from '../cluster/cluster.js';
import { Random } from '../crash/random.js';
import { type Kind, MIX } from './actors.js';
import { InstanceProbe, inspectorSettings } from './instance-probe.js';
import { isKept, limitsOf } from './limits.js';
import { Logs } from './logs.js';
import { Crowd } from './pace.js';
import { progressOf, reportOf, writeReport } from './report.js';
import type { Minute, Run } from './run.js';
import { Stage } from './stage.js';
import { StorageProbe } from './storage-probe.js';

/** `npm run lab -- soak MINUTES`. */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 2);
/** A shorter run is a try: docs/soak.md keeps the last long one. */
const WRITTEN_FROM_MINUTES = 30;
const MINUTE_MS = 60_000;
/** More would wait for each other. */
const CALLERS = 32;
const WARM_UP_SECONDS = 15;
const CAPACITY_SECONDS = 25;

/** Half of what the machine can do, for long: nothing may grow that is not people's data. */
describe(`${MINUTES} minutes at half capacity`, () => {
  let cluster: Cluster;
  let database: Client;
  let storage: StorageProbe;
  let probes: InstanceProbe[];
  let stage: Stage;
  let crowd: Crowd;
  let logs: Logs;

  beforeAll(async () => {
    const ports = [await freePort(), await freePort()];
    cluster = await Cluster.start(ports.map(inspectorSettings));
    probes = ports.map((port, index) => new InstanceProbe(cluster.urlOf(index), port));
    database = await cluster.database();
    storage = new StorageProbe(database, cluster.redisPort);
    logs = new Logs(cluster.folder);
    const lost: string[] = [];
    stage = await Stage.prepare(cluster.url, database, (why) => {
      lost.push(why);
      crowd.note(`a socket: ${why}`);
    });
    expect(lost).toEqual([]);
    crowd = new Crowd(stage.actors, new Random(11));
  }, 5 * MINUTE_MS);

  afterAll(async () => {
    (stage as Stage | undefined)?.leave();
    await (storage as StorageProbe | undefined)?.close();
    await (database as Client | undefined)?.end();
    await (cluster as Cluster | undefined)?.stop();
  }, MINUTE_MS);

  it(
    'ends as it was in minute two',
    async () => {
      const capacity = await measureCapacity();
      const rate = capacity / 2;
      const loop = performance.eventLoopUtilization();
      const [minutes] = await Promise.all([watchMinutes(), crowd.atRate(rate, MINUTES * 60)]);
      const { utilization: busy } = performance.eventLoopUtilization(loop);
      await crowd.settled();
      const unused = await storage.unused();
      const { residents } = stage;
      const run: Run = { capacity, callers: CALLERS, rate, residents, busy, minutes, unused };
      const report = reportOf(run);
      process.stdout.write(`${report}\n`);
      if (MINUTES >= WRITTEN_FROM_MINUTES) writeReport(report);
      expect(limitsOf(run).filter((limit) => !isKept(limit))).toEqual([]);
    },
    (MINUTES + 10) * MINUTE_MS,
  );

  it('refused nobody, and closed nobody’s socket', () => {
    expect({ count: crowd.errorCount, first: crowd.errors }).toEqual({ count: 0, first: [] });
  });

  it(
    'logged nothing that somebody has to look at',
    async () => {
      expect(await logs.troubles()).toEqual([]);
    },
    MINUTE_MS,
  );

  it(
    'has every acknowledged change once, and told everybody of them',
    async () => {
      stage.endVisits();
      await stage.verify();
    },
    2 * MINUTE_MS,
  );

  async function measureCapacity(): Promise<number> {
    await crowd.asFastAsItGoes(CALLERS, WARM_UP_SECONDS);
    crowd.endStretch();
    await crowd.asFastAsItGoes(CALLERS, CAPACITY_SECONDS);
    const { rate } = crowd.endStretch();
    process.stdout.write(`capacity: ${rate.toFixed(0)} answers/s\n`);
    return rate;
  }

  /** @returns what each minute was like */
  async function watchMinutes(): Promise<Minute[]> {
    const began = performance.now();
    const minutes: Minute[] = [];
    while (minutes.length < MINUTES) {
      await sleep(began + (minutes.length + 1) * MINUTE_MS - performance.now());
      minutes.push(await endMinute());
      process.stdout.write(`minute ${minutes.length}: ${progressOf(minutes.at(-1) as Minute)}\n`);
    }
    return minutes;
  }

  /** Looks at everybody, which is a part of the minute: each begins and ends alike. */
  async function endMinute(): Promise<Minute> {
    const instances = await Promise.all(probes.map((probe) => probe.held()));
    const stored = await storage.stored();
    const stretch = crowd.endStretch();
    const p99Of = new Map((Object.keys(MIX) as Kind[]).map((kind) => [kind, stretch.quantile(0.99, kind)]));
    const { rate } = stretch;
    return {
      rate,
      p50: stretch.quantile(0.5),
      p99: stretch.quantile(0.99),
      p99Of,
      errors: stretch.errors,
      instances,
      stored,
    };
  }
});
