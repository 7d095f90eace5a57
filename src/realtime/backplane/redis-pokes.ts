import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { pokeSeconds } from '../../metrics/meters.js';
import type { RedisChannel } from '../../redis/redis-channel.js';
import { RedisConnections } from '../../redis/redis.module.js';
import { SignalFollower } from '../../signals/signal-follower.js';
import { Signals } from '../../signals/signals.js';
import { ChangeLog } from '../../timer-domain/log/change-log.js';
import { ChangeStream } from './change-stream.js';

const CHANNEL = 'metronome:news';

/**
 * Notifies other instances immediately that there is something to read in the logs. The content is in the logs only, so
 * a lost notification or an unavailable Redis delays changes by a second but loses none (docs/adr/0011).
 */
@Injectable()
export class RedisPokes implements OnApplicationBootstrap {
  private readonly instance = randomUUID();
  private channel: RedisChannel | undefined;
  private scheduled = false;
  private reading = false;
  private again = false;

  constructor(
    private readonly redis: RedisConnections,
    private readonly stream: ChangeStream,
    private readonly follower: SignalFollower,
    private readonly log: ChangeLog,
    private readonly signals: Signals,
  ) {}

  onApplicationBootstrap(): void {
    // Notifications missed while Redis was unavailable need no replay: the logs are also polled.
    this.channel = this.redis.channel(CHANNEL, (sender) => {
      if (sender !== this.instance) void this.read();
    });
    if (this.channel === undefined) return;
    this.log.subscribe(() => {
      this.poke();
    });
    this.signals.subscribeToOwn(() => {
      this.poke();
    });
  }

  /** Sends one notification for all writes within a turn of the event loop. */
  private poke(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.channel?.say(this.instance);
    });
  }

  /** Reads both logs; notifications that arrive during a read cause one further read. */
  private async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    do {
      this.again = false;
      const ended = pokeSeconds.startTimer();
      await Promise.all([this.stream.follow(), this.follower.follow()]);
      ended();
    } while (this.again as boolean);
    this.reading = false;
  }
}
