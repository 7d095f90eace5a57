import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';

import type { Client } from 'pg';

import { Control } from '../support/control.js';
import { until } from '../support/server.js';
import { Cluster } from './cluster.js';
import { DueSessions } from './due-sessions.js';
import { Load } from './load.js';
import { RedisLink } from './redis-link.js';

/** `npm run lab -- cluster` sets it: every fault, at its full length. Without it, those that CI has the time for. */
const ALL = process.env['CLUSTER_FAULTS'] === 'all';
const whenAll = (name: string, test: () => Promise<void>, withinMs: number) => {
  if (ALL) it(name, test, withinMs);
};

/** The design's promise for a part that comes back: everything goes on within 5 s; a busy machine takes longer. */
const RECOVERY_MS = 3 * 5_000;
/** Sessions that take two instances long enough to be met in the middle. */
const DUE_AT_ONCE = 10_000;
/** What only the logs tell of is a second late, and a reading takes its time. */
const BY_THE_LOGS_MS = 3 * 1_500;

describe('a cluster under load', () => {
  let cluster: Cluster;
  let database: Client;
  let load: Load;
  const links: RedisLink[] = [];
  /** Milliseconds until the killed instance's people had left; the tests between do not wait for it. */
  let left: Promise<number>;

  beforeAll(async () => {
    const link = await RedisLink.open();
    links.push(link);
    cluster = await Cluster.start([{ METRONOME_TEST: '1' }, { METRONOME_TEST: '1', REDIS_URL: link.url }]);
    link.redisPort = cluster.redisPort;
    database = await cluster.database();
    load = await Load.prepare(cluster.url, database);
  }, 60_000);

  afterAll(async () => {
    (load as Load | undefined)?.leave();
    for (const link of links) link.close();
    await (database as Client | undefined)?.end().catch(() => undefined);
    await (cluster as Cluster | undefined)?.stop();
  }, 30_000);

  /** Load, a fault in it, and everything looked at afterwards. */
  async function under(name: string, fault: () => Promise<void>): Promise<ReturnType<Load['report']>> {
    load.start();
    try {
      await sleep(1_000);
      load.beginStretch();
      await fault();
      await load.whole();
      await sleep(1_500);
    } finally {
      await load.pause();
    }
    const report = load.report();
    process.stdout.write(`${name}: ${JSON.stringify(report, null, 1)}\n`);
    expect(cluster.errors()).toEqual([]);
    await load.verify();
    return report;
  }

  it('goes on when an instance is killed', async () => {
    const report = await under('kill -9 of an instance', async () => {
      await cluster.endInstance(0, 'SIGKILL');
      left = countsRightAfter(performance.now());
      await cluster.startInstance(0, { settings: { METRONOME_TEST: '1' } });
    });
    expect(report['slowest command, ms']).toBeLessThan(RECOVERY_MS);
  }, 60_000);

  it('goes on by the logs alone while Redis is away', async () => {
    const report = await under(`Redis away for ${ALL ? 10 : 3} s`, async () => {
      await cluster.endRedis();
      await sleep(ALL ? 10_000 : 3_000);
      await cluster.startRedis();
      await sleep(1_500);
    });
    expect(report.answers).not.toHaveProperty('none');
    expect(report.reconnections).toBe(0);
    expect(report['slowest command, ms']).toBeLessThan(BY_THE_LOGS_MS);
    expect(report['slowest news, ms']).toBeLessThan(BY_THE_LOGS_MS);
  }, 60_000);

  it('has let the killed instance’s people leave the rooms', async () => {
    const ms = await left;
    process.stdout.write(`the killed instance's people left after ${ms} ms\n`);
    expect(ms).toBeLessThan(30_000);
  }, 60_000);

  it('goes on when PostgreSQL is restarted at once', async () => {
    let away = 0;
    const report = await under('PostgreSQL restarted, -m immediate', async () => {
      const began = performance.now();
      await cluster.restartPostgres();
      await database.end().catch(() => undefined);
      database = await cluster.database();
      away = Math.round(performance.now() - began);
      load.use(database);
      await sleep(2_000);
    });
    process.stdout.write(`PostgreSQL was away for ${away} ms\n`);
    expect(report['slowest command, ms']).toBeLessThan(away + RECOVERY_MS);
  }, 60_000);

  whenAll(
    'completes everything once when an instance stands still in mid sweep',
    async () => {
      const report = await under('SIGSTOP in mid sweep for 5 s', async () => {
        const due = await stopInMidSweep();
        // It has them ready and holds none of them: the other one has not to wait for anything.
        await until(async () => (await due.left()) === 0, 2_000);
        await sleep(5_000);
        // What it has ready is sent now, and nothing may come of it.
        await cluster.signalInstance(0, 'SIGCONT');
        await due.verify();
      });
      expect(report['slowest command, ms']).toBeLessThan(5_000 + RECOVERY_MS);
    },
    120_000,
  );

  whenAll(
    'goes on when one instance is cut off from Redis',
    async () => {
      const report = await under('one instance cut off from Redis for 10 s', async () => {
        links[0]?.cut();
        await sleep(10_000);
        links[0]?.mend();
        await sleep(1_500);
      });
      expect(report.answers).not.toHaveProperty('none');
      expect(report['slowest news, ms']).toBeLessThan(BY_THE_LOGS_MS);
    },
    60_000,
  );

  whenAll(
    'does not notice that the machines’ clocks are 3 s apart',
    async () => {
      await new Control(join(cluster.folder, 'metronome-b')).setMachineClock(3_000);
      const report = await under('clocks 3 s apart', () => sleep(6_000));
      expect(report.answers).not.toHaveProperty('none');
      expect(report['slowest news, ms']).toBeLessThan(500);
      await new Control(join(cluster.folder, 'metronome-b')).setMachineClock(0);
    },
    60_000,
  );

  /** Whoever was thrown out comes back as somebody new, so until then a room counts them twice. */
  async function countsRightAfter(moment: number): Promise<number> {
    await sleep(2_000);
    await load.whole();
    await load.countsRight(40_000);
    return Math.round(performance.now() - moment);
  }

  /** Stops the first instance while it completes sessions and has more of them ready; tries until it is hit. */
  async function stopInMidSweep(): Promise<DueSessions> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const due = await DueSessions.make(database, DUE_AT_ONCE, 5);
      await due.untilDue();
      await until(async () => (await due.left()) < DUE_AT_ONCE, 2_000).catch(() => undefined);
      await cluster.signalInstance(0, 'SIGSTOP');
      if ((await due.left()) > 0) return due;
      await cluster.signalInstance(0, 'SIGCONT');
      await until(async () => (await due.left()) === 0, RECOVERY_MS);
      await due.verify();
    }
    throw new Error('no sweep was hit');
  }
});
