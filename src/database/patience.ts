import type { Answer } from './answer.js';

/** Limits in milliseconds. */
export interface PatienceLimits {
  /** Maximum wait for a PostgreSQL that does not report why it accepts no connections. */
  readonly silenceMs: number;
  /** Interval between log lines about the wait. */
  readonly sayEveryMs: number;
}

export const DEFAULT_LIMITS: PatienceLimits = { silenceMs: 60_000, sayEveryMs: 10_000 };
const FIRST_SAID_AFTER_MS = 1_000;

/**
 * Decides how long to wait for a PostgreSQL. The wait is unlimited while the server reports that it starts, recovers or
 * shuts down: the time depends on the amount of data, and ending the server would restart that work. Otherwise the wait
 * is limited.
 */
export class Patience {
  private readonly began: number;
  private heardAt: number;
  private nextSaid: number;

  /**
   * @param say writes a line to the log
   * @param now the time of a monotonic clock, in milliseconds
   */
  constructor(
    private readonly limits: PatienceLimits,
    private readonly say: (text: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.began = now();
    this.heardAt = this.began;
    this.nextSaid = this.began + Math.min(FIRST_SAID_AFTER_MS, limits.sayEveryMs);
  }

  /** @returns whether to continue to wait after this state */
  lastsAfter(answer: Answer): boolean {
    const now = this.now();
    if (answer.kind === 'busy' || answer.kind === 'mute') {
      this.heardAt = now;
      if (now >= this.nextSaid) this.sayWhat(answer.says, now);
    }
    return now - this.heardAt <= this.limits.silenceMs;
  }

  private sayWhat(says: string, now: number): void {
    const seconds = Math.round((now - this.began) / 1_000);
    this.say(`PostgreSQL takes no connections yet (${says}); waiting, ${seconds} s so far`);
    this.nextSaid = now + this.limits.sayEveryMs;
  }
}
