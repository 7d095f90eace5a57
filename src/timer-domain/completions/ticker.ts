import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { crashPoint } from '../../common/crash-point.js';
import { describeError } from '../../common/logging/describe-error.js';
import { Clock } from '../clock/clock.js';
import { DueSessions } from './due-sessions.js';

/** Maximum number of sessions completed in one transaction. */
const BATCH = 500;
/** Seconds before their targets at which completions are prepared; preparing twenty thousand takes about one second. */
const AHEAD_SECONDS = 2;
/** Interval in milliseconds while the time is not known. */
const LOOK_AGAIN_MS = 250;
/** Maximum expected lateness of a Node timeout, in milliseconds. */
const TIMER_LATE_MS = 2;

/**
 * Completes sessions at their targets. Targets are whole seconds, so it runs once a second, just after the second has
 * begun, with completions prepared in advance. After a restart, the first run completes all sessions that became due
 * while the server was down.
 */
@Injectable()
export class Ticker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Ticker.name);
  private timer: NodeJS.Timeout | undefined;
  private sweep: Promise<void> = Promise.resolve();
  private preparing: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(DueSessions) private readonly sessions: Pick<DueSessions, 'completeDue' | 'prepareDue'>,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await Promise.all([this.sweep, this.preparing]);
  }

  /** Completes all sessions that are due now. @returns the number of completed sessions */
  async completeDue(): Promise<number> {
    let total = 0;
    for (;;) {
      const changes = await this.sessions.completeDue(this.clock.now(), BATCH);
      const completed = changes.filter(({ action }) => action === 'complete').length;
      total += completed;
      if (completed > 0) crashPoint('mid-sweep');
      // A break that began in the past may be due as well, so the loop ends only when nothing was completed.
      if (completed === 0 || this.stopped) return total;
    }
  }

  private run(): void {
    this.sweep = this.trySweep().then(() => {
      if (this.stopped) return;
      this.runAt(performance.now() + this.untilNextSecond());
      this.preparing = this.prepare();
    });
  }

  private async prepare(): Promise<void> {
    try {
      await this.sessions.prepareDue(Math.floor(this.clock.now() / 1_000) + AHEAD_SECONDS, BATCH);
    } catch {
      // The sessions are found again when they are due; failures at that time are logged.
    }
  }

  /** Runs at a moment. A timeout may be two milliseconds late, so the rest is waited for with `setImmediate`. */
  private runAt(moment: number): void {
    this.timer = setTimeout(
      () => {
        this.runOnceItIs(moment);
      },
      moment - performance.now() - TIMER_LATE_MS,
    );
  }

  private runOnceItIs(moment: number): void {
    if (this.stopped) return;
    if (performance.now() >= moment) this.run();
    else
      setImmediate(() => {
        this.runOnceItIs(moment);
      });
  }

  private async trySweep(): Promise<void> {
    try {
      await this.completeDue();
    } catch (error) {
      this.logger.warn({ msg: 'the ticker could not look for what is due', ...describeError(error) });
    }
  }

  /**
   * Milliseconds until the next second has begun, with the clock's uncertainty (at most 100 ms) added so as not to run
   * early. While the time is not known, the interval until the next attempt.
   */
  private untilNextSecond(): number {
    if (this.clock.uncertaintyMs === Infinity) return LOOK_AGAIN_MS;
    const now = this.clock.now();
    return 1_000 - (now % 1_000) + Math.min(this.clock.uncertaintyMs, 100);
  }
}
