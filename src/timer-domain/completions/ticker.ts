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

/** Sessions completed in one transaction. */
const BATCH = 500;
/** Seconds ahead of their targets that completions are made ready: twenty thousand take one. */
const AHEAD_SECONDS = 2;
/** While the time is not known, milliseconds. */
const LOOK_AGAIN_MS = 250;
/** How late a timer of Node may be. */
const TIMER_LATE_MS = 2;

/**
 * Completes sessions at their targets. Targets are whole seconds, so it looks once a second, just after the second has
 * begun, and has had ready what was known to be due then; after a restart the first look finds whatever became due
 * meanwhile.
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

  /** Completes all that is due now. @returns how many */
  async completeDue(): Promise<number> {
    let total = 0;
    for (;;) {
      const changes = await this.sessions.completeDue(this.clock.now(), BATCH);
      const completed = changes.filter(({ action }) => action === 'complete').length;
      total += completed;
      if (completed > 0) crashPoint('mid-sweep');
      // A break that began in the past may be over as well, so only nothing is the end.
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
      // It is looked for again when it is due; what fails then is told.
    }
  }

  /** A timer is up to a millisecond or two late, so the last of them pass in turns of the event loop. */
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
   * Milliseconds until the next second has certainly begun: never early, whatever the clock's uncertainty. While the time is
   * not known, until it is looked again.
   */
  private untilNextSecond(): number {
    if (this.clock.uncertaintyMs === Infinity) return LOOK_AGAIN_MS;
    const now = this.clock.now();
    return 1_000 - (now % 1_000) + Math.min(this.clock.uncertaintyMs, 100);
  }
}
