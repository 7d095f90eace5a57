import { Global, Inject, Injectable, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';

import { describeError } from '../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { RedisChannel } from './redis-channel.js';

/** Requests do not wait for an unavailable Redis: each use has a fallback (docs/spec/settings.md#settings). */
const OPTIONS = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: 1_000,
  commandTimeout: 500,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
};
/** Ping interval: a connection that was cut without a close is noticed only by a missing reply. */
const ALIVE_EVERY_MS = 2_000;

/** Connections to the optional Redis. It may fail at any time; no data that must survive is stored there. */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly open: (Redis | Cluster)[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  /** For commands; undefined without `REDIS_URL`. */
  readonly commands: Redis | Cluster | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.commands = this.connect('commands');
  }

  /**
   * Opens a channel to other instances; undefined without `REDIS_URL`.
   * @param hear is called with every message, including those that this instance publishes
   */
  channel(name: string, hear: (text: string) => void): RedisChannel | undefined {
    const subscription = this.connect('channel');
    return this.commands && subscription && new RedisChannel(name, this.commands, subscription, hear);
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
    for (const client of this.open) client.disconnect();
  }

  private connect(purpose: string): Redis | Cluster | undefined {
    const { redisUrl } = this.settings;
    if (redisUrl === undefined) return undefined;
    const client = clientFor(new URL(redisUrl), `metronome-${purpose}`);
    this.tellOfOutages(client, purpose);
    if (client instanceof Redis) this.noticeSilence(client);
    this.open.push(client);
    return client;
  }

  /** Logs one line per outage: the client emits an error for each failed attempt to connect. */
  private tellOfOutages(client: Redis | Cluster, purpose: string): void {
    let away = false;
    client.on('error', (error: unknown) => {
      if (!away) this.logger.warn({ msg: 'Redis is away', purpose, ...describeError(error) });
      away = true;
    });
    client.on('ready', () => {
      if (away) this.logger.log({ msg: 'Redis is back', purpose });
      away = false;
    });
  }

  private noticeSilence(client: Redis): void {
    const ask = () => {
      if (client.status !== 'ready') return;
      client.ping().catch(() => {
        client.disconnect(true);
      });
    };
    this.timers.push(setInterval(ask, ALIVE_EVERY_MS).unref());
  }
}

/** A client for one server, or with `?cluster=true` for the Redis Cluster that this server belongs to. */
function clientFor(url: URL, connectionName: string): Redis | Cluster {
  const isCluster = url.searchParams.get('cluster') === 'true';
  url.searchParams.delete('cluster');
  if (!isCluster) return new Redis(url.toString(), { ...OPTIONS, connectionName });
  return new Cluster([url.toString()], {
    enableOfflineQueue: false,
    shardedSubscribers: true,
    clusterRetryStrategy: OPTIONS.retryStrategy,
    redisOptions: {
      ...OPTIONS,
      connectionName,
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
      ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    },
  });
}

@Global()
@Module({ providers: [RedisConnections], exports: [RedisConnections] })
export class RedisModule {}
