import { Logger } from '@nestjs/common';
import { Cluster, type Redis } from 'ioredis';

import { describeError } from '../common/logging/describe-error.js';

/** What is said on it reaches whoever listens at that moment, and nobody else; on a Redis Cluster only its shard carries it. */
export class RedisChannel {
  private readonly logger = new Logger('Redis');
  private readonly isSharded: boolean;

  constructor(
    private readonly name: string,
    private readonly commands: Redis | Cluster,
    private readonly subscription: Redis | Cluster,
    hear: (text: string) => void,
  ) {
    this.isSharded = commands instanceof Cluster;
    subscription.on(this.isSharded ? 'smessage' : 'message', (_: string, text: string) => {
      hear(text);
    });
    subscription.on('ready', () => {
      this.subscribe();
    });
  }

  /** Nobody is told when Redis is away. */
  say(text: string): void {
    const said = this.isSharded ? this.commands.spublish(this.name, text) : this.commands.publish(this.name, text);
    said.catch(() => undefined);
  }

  /** After every reconnection. */
  private subscribe(): void {
    const done = this.isSharded ? this.subscription.ssubscribe(this.name) : this.subscription.subscribe(this.name);
    done.catch((error: unknown) => {
      this.logger.warn({ msg: 'nothing is heard on a channel', channel: this.name, ...describeError(error) });
    });
  }
}
