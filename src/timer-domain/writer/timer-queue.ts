import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { SETTINGS, type Settings } from '../../config/settings.js';
import type { TimerChange } from '../records/timer-change.js';
import { PATIENCE_MS } from './time-limits.js';
import type { QueuedCommand } from '../commands/timer-command.js';
import { TimerWriter } from './timer-writer.js';
import { WriterQueue } from './writer-queue.js';

/** Time for which a row counts as locked after a lock timeout; its commands are executed individually. */
const APART_MS = 10_000;
/** Larger batches do not reduce the cost per command, and leave less for the next batch in flight (ADR 0016). */
const MAX_BATCH = 32;

/** The queue of this instance's timer commands. */
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
