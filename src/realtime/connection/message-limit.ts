const WINDOW_MS = 10_000;
const MAX_MESSAGES = 120;

/** The treatment of a message: handle it, reply with an error (once per window), ignore it, or close the connection. */
export type Verdict = 'accept' | 'refuse' | 'ignore' | 'close';

/**
 * Allows 120 messages per 10 s and connection; more than 120 further ones in the window close it
 * (docs/spec/sockets.md#limits).
 */
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
