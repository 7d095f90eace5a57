import type { Logger } from '@nestjs/common';

import { describeError } from './logging/describe-error.js';

export interface RepeatedWorkOptions {
  readonly everyMs: number;
  /** One run. A run that is due while another is in progress is skipped. */
  readonly run: () => Promise<unknown>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Log message for a failed run; the next run follows as usual. */
  readonly failure: string;
}

/** Repeats background work until the application shuts down. It does not keep the process alive. */
export class RepeatedWork {
  private interval: NodeJS.Timeout | undefined;
  private isRunning = false;

  constructor(private readonly options: RepeatedWorkOptions) {}

  /** The first run starts after one interval. */
  start(): void {
    this.interval = setInterval(() => void this.run(), this.options.everyMs).unref();
  }

  /** No further run starts; a run in progress continues. */
  stop(): void {
    clearInterval(this.interval);
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      await this.options.run();
    } catch (error) {
      this.options.logger.warn({ msg: this.options.failure, ...describeError(error) });
    } finally {
      this.isRunning = false;
    }
  }
}
