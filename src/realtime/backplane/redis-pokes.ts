import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import { describeError } from '../../common/logging/describe-error.js';
import { RedisConnections } from '../../redis/redis.module.js';
import { SignalFollower } from '../../signals/signal-follower.js';
import { Signals } from '../../signals/signals.js';
import { ChangeFeed } from '../../timer-domain/changes/change-feed.js';
import { ChangeStream } from './change-stream.js';

const CHANNEL = 'metronome:news';

/**
 * Tells the other instances at once that there is something to read in the logs. What it is stands in the logs alone, so
 * a poke that is lost, or a Redis that is away, delays news by a second and loses none (docs/adr/0012).
 */
@Injectable()
export class RedisPokes implements OnApplicationBootstrap {
  private readonly logger = new Logger(RedisPokes.name);
  private readonly instance = randomUUID();
  private scheduled = false;
  private reading = false;
  private again = false;

  constructor(
    private readonly redis: RedisConnections,
    private readonly stream: ChangeStream,
    private readonly follower: SignalFollower,
    private readonly feed: ChangeFeed,
    private readonly signals: Signals,
  ) {}

  onApplicationBootstrap(): void {
    const subscription = this.redis.connect('news');
    if (subscription === undefined) return;
    this.feed.subscribe(() => {
      this.poke();
    });
    this.signals.subscribeToOwn(() => {
      this.poke();
    });
    subscription.on('message', (_, sender: string) => {
      if (sender !== this.instance) void this.read();
    });
    // After every reconnection: what was missed meanwhile is in the logs.
    subscription.on('ready', () => {
      subscription.subscribe(CHANNEL).catch((error: unknown) => {
        this.logger.warn({ msg: 'no subscription to the news', ...describeError(error) });
      });
    });
  }

  /** One poke for everything that happens within a turn. */
  private poke(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.redis.commands?.publish(CHANNEL, this.instance).catch(() => undefined);
    });
  }

  /** Reads on; pokes that come meanwhile are one more reading. */
  private async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    do {
      this.again = false;
      await Promise.all([this.stream.follow(), this.follower.follow()]);
    } while (this.again as boolean);
    this.reading = false;
  }
}
