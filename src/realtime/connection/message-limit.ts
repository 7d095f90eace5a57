const WINDOW_MS = 10_000;
const MAX_MESSAGES = 120;

/** What becomes of one message: carried out, answered with an error once, ignored, or too much. */
export type Verdict = 'accept' | 'refuse' | 'ignore' | 'close';

/** 120 messages per 10 s and connection; 120 more within the window are too much (docs/spec/sockets.md#limits). */
export class MessageLimit {
  private windowStart = -Infinity;
  private count = 0;

  /** @param now milliseconds of a monotonic clock */
  judge(now: number): Verdict {
    if (now - this.windowStart >= WINDOW_MS) {
      this.windowStart = now;
      this.count = 0;
    }
    this.count += 1;
    if (this.count <= MAX_MESSAGES) return 'accept';
    if (this.count === MAX_MESSAGES + 1) return 'refuse';
    return this.count > 2 * MAX_MESSAGES ? 'close' : 'ignore';
  }
}
