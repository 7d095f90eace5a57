import { Global, Inject, Injectable, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';

import { describeError } from '../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../config/settings.js';

/** A request does not wait for a Redis that is away: what it is for has another way (settings.md, `REDIS_URL`). */
const OPTIONS = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: 1_000,
  commandTimeout: 1_000,
  lazyConnect: false,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
};

/** Connections to Redis, if there is one. It may vanish at any time: nothing is kept there that would be missed. */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly open: Redis[] = [];
  /** For commands; undefined without `REDIS_URL`. */
  readonly commands: Redis | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.commands = this.connect('commands');
  }

  /** Another connection, as a subscription needs one of its own. */
  connect(purpose: string): Redis | undefined {
    const { redisUrl } = this.settings;
    if (redisUrl === undefined) return undefined;
    const client = new Redis(redisUrl, { ...OPTIONS, connectionName: `metronome-${purpose}` });
    // Each failed attempt to connect is an event; one line for each outage is enough.
    let away = false;
    client.on('error', (error: unknown) => {
      if (!away) this.logger.warn({ msg: 'Redis is away', purpose, ...describeError(error) });
      away = true;
    });
    client.on('ready', () => {
      if (away) this.logger.log({ msg: 'Redis is back', purpose });
      away = false;
    });
    this.open.push(client);
    return client;
  }

  onApplicationShutdown(): void {
    for (const client of this.open) client.disconnect();
  }
}

@Global()
@Module({ providers: [RedisConnections], exports: [RedisConnections] })
export class RedisModule {}
