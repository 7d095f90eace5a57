import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';

import { readSettings } from '../../src/config/settings.js';
import { RateLimits } from '../../src/rate-limits/rate-limits.js';
import type { RedisChannel } from '../../src/redis/redis-channel.js';
import { RedisConnections } from '../../src/redis/redis.module.js';
import { until } from '../support/server.js';
import { freePort } from './cluster.js';

const RULE = { name: 'test', points: 3, windowSeconds: 60 };
/** A request may wait for a Redis that has just gone silent, but not long. */
const SOON_MS = 700;

/** What an instance has of Redis. */
class Instance {
  readonly heard: string[] = [];
  private readonly redis: RedisConnections;
  private readonly channel: RedisChannel | undefined;
  readonly limits: RateLimits;

  constructor(url: string) {
    const settings = readSettings({ REDIS_URL: url, DATA_DIR: tmpdir() });
    this.redis = new RedisConnections(settings);
    this.limits = new RateLimits(this.redis, settings);
    this.channel = this.redis.channel('test:news', (text) => this.heard.push(text));
  }

  say(text: string): void {
    this.channel?.say(text);
  }

  get isReady(): boolean {
    return this.redis.commands?.status === 'ready';
  }

  close(): void {
    this.redis.onApplicationShutdown();
  }
}

describe.each([
  { kind: 'one server', args: [], query: '' },
  {
    kind: 'a Redis Cluster',
    args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
    query: '?cluster=true',
  },
])('Redis as $kind', ({ args, query }) => {
  let folder: string;
  let port: number;
  let redis: ChildProcess;
  let one: Instance;
  let other: Instance;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'metronome-redis-'));
    port = await freePort();
    await start();
    [one, other] = [new Instance(url()), new Instance(url())];
    await until(reach, 10_000);
  }, 30_000);

  afterAll(async () => {
    one.close();
    other.close();
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    rmSync(folder, { recursive: true });
  });

  const url = () => `redis://127.0.0.1:${port}${query}`;

  async function start(): Promise<void> {
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    redis = spawn('redis-server', [...place, ...args], { stdio: 'ignore' });
    const admin = new Redis(port, { retryStrategy: () => 50 });
    admin.on('error', () => undefined);
    await admin.ping();
    if (args.length > 0) {
      await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383').catch(() => undefined);
      await until(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'), 10_000);
    }
    admin.disconnect();
  }

  /** What one says, the other hears. */
  async function reach(): Promise<boolean> {
    const text = `news ${Math.random()}`;
    one.say(text);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return other.heard.includes(text);
  }

  async function timeToCount(): Promise<number> {
    const began = performance.now();
    expect(await one.limits.count(RULE, `${Math.random()}`)).toMatchObject({ remaining: 2, exceeded: false });
    return performance.now() - began;
  }

  it('carries what one says to the other, on a shard’s channel where there are shards', async () => {
    const admin = new Redis(port);
    const shard = await admin.call('PUBSUB', 'SHARDCHANNELS');
    expect(shard).toEqual(args.length > 0 ? ['test:news'] : []);
    admin.disconnect();
    await until(reach, 2_000);
  });

  it('counts for both together', async () => {
    const counts = [one, other, one, other].map(
      ({ limits }) =>
        () =>
          limits.count(RULE, 'somebody'),
    );
    const standings = [];
    for (const count of counts) standings.push(await count());
    expect(standings.map((standing) => standing?.exceeded)).toEqual([false, false, false, true]);
  });

  it('may vanish: who counts does not wait, and everything is there again by itself', async () => {
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    expect(await timeToCount()).toBeLessThan(SOON_MS);
    await start();
    await until(reach, 5_000);
  }, 30_000);

  it('may fall silent without closing anything', async () => {
    redis.kill('SIGSTOP');
    expect(await timeToCount()).toBeLessThan(SOON_MS);
    if (query === '') {
      await until(() => !one.isReady, 4_000);
      expect(await timeToCount()).toBeLessThan(50);
    }
    redis.kill('SIGCONT');
    await until(reach, 5_000);
  }, 30_000);
});
