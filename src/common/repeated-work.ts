import type { Logger } from '@nestjs/common';

import { describeError } from './logging/describe-error.js';

export interface RepeatedWorkOptions {
  readonly everyMs: number;
  /** One run; a run that is due while another is under way is left out. */
  readonly run: () => Promise<unknown>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Log message for a run that fails: the next one comes all the same. */
  readonly failure: string;
}

/** Work that repeats in the background until the application shuts down; it keeps no process alive. */
export class RepeatedWork {
  private interval: NodeJS.Timeout | undefined;
  private isRunning = false;

  constructor(private readonly options: RepeatedWorkOptions) {}

  /** The first run comes after one interval. */
  start(): void {
    this.interval = setInterval(() => void this.run(), this.options.everyMs).unref();
  }

  /** No further run begins; one that is under way goes on. */
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
