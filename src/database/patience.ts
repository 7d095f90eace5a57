import type { Answer } from './answer.js';

/** How long to wait, in milliseconds. */
export interface PatienceLimits {
  /** For a PostgreSQL that says nothing of why it takes no connections. */
  readonly silenceMs: number;
  /** Between two lines of the log that say what is being waited for. */
  readonly sayEveryMs: number;
}

export const DEFAULT_LIMITS: PatienceLimits = { silenceMs: 60_000, sayEveryMs: 10_000 };
const FIRST_SAID_AFTER_MS = 1_000;

/**
 * Waits for a PostgreSQL: without end while it says that it starts, recovers or shuts down, which takes as long as there
 * is to be written (ending it would begin it all anew); for a limited time otherwise.
 */
export class Patience {
  private readonly began: number;
  private heardAt: number;
  private nextSaid: number;

  /**
   * @param say one line for the log
   * @param now milliseconds of a clock that does not jump
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

  /** @returns whether to go on waiting after this answer */
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
