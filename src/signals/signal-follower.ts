import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Pool } from 'pg';

import { describeError } from '../common/logging/describe-error.js';
import { RepeatedWork } from '../common/repeated-work.js';
import { CommittedLog, LogLostError, type LogMoment } from '../database/committed-log.js';
import { backplaneLag } from '../metrics/meters.js';
import type { Signal } from './signal.js';
import { Signals } from './signals.js';
import { COLUMNS, deleteOlder } from './signals.sql.js';

const EVERY_MS = 1_000;
/** Cached state about users is not trusted after this long without reading the log (docs/architecture.md#two-logs). */
const BELIEVED_WITHOUT_LOG_MS = 60_000;
const PRUNE_EVERY_MS = 300_000;
const KEPT_FOR_MS = 3_600_000;
/** Safety margin, because reading takes time: events may be pruned while a late instance is still reading them. */
const MARGIN_MS = 300_000;

const SOURCE = {
  table: 'signals',
  columns: COLUMNS,
  keptForMs: KEPT_FOR_MS - MARGIN_MS,
};

/** Reads the stored events of other instances once a second, starting at this instance's mark. */
@Injectable()
export class SignalFollower implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SignalFollower.name);
  private readonly log: CommittedLog<Signal>;
  private mark: LogMoment | undefined;
  private caughtUpAt = -Infinity;
  private prunedAt = -Infinity;
  private reading: Promise<void> = Promise.resolve();
  private readonly following = new RepeatedWork({
    everyMs: EVERY_MS,
    run: () => this.follow(),
    logger: this.logger,
    failure: 'the signals cannot be read',
  });

  constructor(
    private readonly pool: Pool,
    private readonly signals: Signals,
  ) {
    this.log = new CommittedLog(pool, SOURCE);
  }

  async onModuleInit(): Promise<void> {
    this.mark = await this.log.mark();
    this.caughtUpAt = performance.now();
  }

  onApplicationBootstrap(): void {
    this.following.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.following.stop();
    await this.reading;
  }

  /** Whether the log was read within the last minute, so that revocations by other instances are known. */
  get isCurrent(): boolean {
    return performance.now() - this.caughtUpAt < BELIEVED_WITHOUT_LOG_MS;
  }

  /** Reads everything written since the last read. Reads do not overlap. */
  follow(): Promise<void> {
    this.reading = this.reading.then(() => this.readOn());
    return this.reading;
  }

  private async readOn(): Promise<void> {
    const startedAt = performance.now();
    try {
      this.mark = await this.log.readOn(this.mark ?? (await this.log.mark()), (signals) => {
        const caughtUp = this.signals.catchUp(signals);
        for (const { at } of caughtUp) backplaneLag.observe(Math.max(0, (Date.now() - at) / 1_000));
      });
      this.caughtUpAt = startedAt;
      if (startedAt - this.prunedAt > PRUNE_EVERY_MS) await this.prune(startedAt);
    } catch (error) {
      if (error instanceof LogLostError) return this.startAfresh();
      this.logger.warn({ msg: 'the signals cannot be read', ...describeError(error) });
    }
  }

  /** Events since the mark can no longer be read: drops all cached state about users and continues at a new mark. */
  private async startAfresh(): Promise<void> {
    try {
      const mark = await this.log.mark();
      this.logger.warn({ msg: 'signals were missed: all that was remembered of people is forgotten, sockets close' });
      this.signals.distrust();
      this.mark = mark;
    } catch (error) {
      this.logger.warn({ msg: 'the signals cannot be read', ...describeError(error) });
    }
  }

  private async prune(now: number): Promise<void> {
    this.prunedAt = now;
    await this.pool.query(deleteOlder(KEPT_FOR_MS));
  }
}
