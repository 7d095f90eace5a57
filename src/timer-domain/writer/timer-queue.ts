import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { SETTINGS, type Settings } from '../../config/settings.js';
import type { TimerChange } from '../records/timer-change.js';
import { PATIENCE_MS } from './time-limits.js';
import type { QueuedCommand } from '../commands/timer-command.js';
import { TimerWriter } from './timer-writer.js';
import { WriterQueue } from './writer-queue.js';

/** A row that was locked is taken to be so for this long: its commands are executed individually. */
const APART_MS = 10_000;
/** More are no cheaper for each, and leave less for the next batch, which is made ready meanwhile (ADR 0016). */
const MAX_BATCH = 32;

/** The queue of all commands on timers of this instance. */
@Injectable()
export class TimerQueue extends WriterQueue<QueuedCommand, TimerChange> implements OnApplicationShutdown {
  constructor(
    private readonly writer: TimerWriter,
    @Inject(SETTINGS) { database }: Settings,
  ) {
    super(writer, {
      maxWaiting: database.writeQueueMax,
      patienceMs: PATIENCE_MS,
      maxBatch: MAX_BATCH,
      minAhead: MAX_BATCH / 2,
      apartMs: APART_MS,
      maxRetrying: Math.max(1, Math.floor(database.poolSize / 2) - 1),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.idle();
    await this.writer.close();
  }
}
