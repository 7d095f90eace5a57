import { Logger } from '@nestjs/common';
import { Cluster, type Redis } from 'ioredis';

import { describeError } from '../common/logging/describe-error.js';

/** A pub/sub channel: only current subscribers get a message. On a Redis Cluster it is sharded pub/sub. */
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

  /** Publishes a message. While Redis is unavailable, the message is lost without an error. */
  say(text: string): void {
    const said = this.isSharded ? this.commands.spublish(this.name, text) : this.commands.publish(this.name, text);
    said.catch(() => undefined);
  }

  /** Called after every connect and reconnect. */
  private subscribe(): void {
    const done = this.isSharded ? this.subscription.ssubscribe(this.name) : this.subscription.subscribe(this.name);
    done.catch((error: unknown) => {
      this.logger.warn({ msg: 'nothing is heard on a channel', channel: this.name, ...describeError(error) });
    });
  }
}
