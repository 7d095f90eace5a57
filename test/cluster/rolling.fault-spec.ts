import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';

import { Cluster } from './cluster.js';
import { Load } from './load.js';
import { hangUpSmoke, smokeTest } from './smoke.js';

/** Twice in CI; `npm run lab -- cluster` does it ten times. */
const RESTARTS = process.env['CLUSTER_FAULTS'] === 'all' ? 10 : 2;
const SIZE = { people: 4, legacyPeople: 1, rooms: 2, watchers: 60 };

describe('a rolling update', () => {
  let cluster: Cluster;
  let database: Client;
  let load: Load;

  beforeAll(async () => {
    cluster = await Cluster.start();
    database = await cluster.database();
    load = await Load.prepare(cluster.url, database, SIZE);
  }, 60_000);

  afterAll(async () => {
    (load as Load | undefined)?.leave();
    hangUpSmoke();
    await (database as Client | undefined)?.end();
    await (cluster as Cluster | undefined)?.stop();
  }, 30_000);

  it('began with a database that two instances migrated together: each migration ran once', async () => {
    const { rows } = await database.query<{ runs: number }>(
      `SELECT count(*)::int AS runs FROM migrations GROUP BY name`,
    );
    expect(new Set(rows.map(({ runs }) => runs))).toEqual(new Set([1]));
  });

  it(`is not noticed in ${RESTARTS} restarts under load`, async () => {
    load.start();
    load.beginStretch();
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      const index = restart % 2;
      const [ending, unready] = await Promise.all([end(index), unreadyFor(cluster.urlOf(index))]);
      process.stdout.write(
        `restart ${restart + 1}: ended after ${ending.ms} ms, not ready for ${unready} ms before that\n`,
      );
      expect(ending).toEqual({ code: 0, ms: expect.any(Number) as number });
      expect(ending.ms).toBeLessThan(15_000);
      expect(unready).toBeGreaterThan(1_500);
      await cluster.startInstance(index);
    }
    await load.whole();
    const report = load.report();
    await load.pause();
    process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
    expect(Object.keys(report.answers).filter((status) => !['200', '201', '409', '503'].includes(status))).toEqual([]);
    expect([...load.delays.closes.keys()]).toEqual([1001]);
    await load.verify();
  }, 240_000);

  it('runs the version before beside this one, on this one’s schema', async () => {
    const previous = spawnSync(process.execPath, ['scripts/previous-version.mjs'], { encoding: 'utf8' });
    expect(previous).toMatchObject({ status: 0, stderr: '' });
    await cluster.endInstance(0);
    await cluster.startInstance(0, { root: previous.stdout.trim() });
    const [old, current] = [cluster.urlOf(0), cluster.urlOf(1)];
    await smokeTest(old, current, 'old-and-new@example.com');
    await smokeTest(current, old, 'new-and-old@example.com');
    load.start();
    await sleep(3_000);
    await load.pause();
    await load.verify();
  }, 120_000);

  async function end(index: number): Promise<{ code: unknown; ms: number }> {
    const began = performance.now();
    const code = await cluster.endInstance(index);
    return { code, ms: Math.round(performance.now() - began) };
  }

  /** How long an instance says that it is not ready before its port is closed, in milliseconds. */
  async function unreadyFor(url: string): Promise<number> {
    let since: number | undefined;
    for (;;) {
      const status = await fetch(`${url}/health/ready`).then(
        (answer) => answer.status,
        () => undefined,
      );
      if (status === undefined) return Math.round(performance.now() - (since ?? performance.now()));
      if (status === 503) since ??= performance.now();
      await sleep(20);
    }
  }
});
