/** Timeouts and intervals of a socket; all in milliseconds. */
export interface Timing {
  /** Delay before the first reconnect; doubled for each further one. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** A command without a reply within this time is rejected; it may have taken effect. */
  readonly answerWithinMs: number;
  /** Interval of pings, which test the connection and measure the server's clock. */
  readonly pingEveryMs: number;
  /** Without a pong within this time, the connection is dropped. */
  readonly pongWithinMs: number;
}

export const TIMING: Timing = {
  minDelayMs: 500,
  maxDelayMs: 30_000,
  answerWithinMs: 15_000,
  pingEveryMs: 25_000,
  pongWithinMs: 10_000,
};

/**
 * Delay before the next attempt: exponential with jitter, so that the clients of a restarted server do not all reconnect
 * at once.
 * @param attempts number of failed attempts so far
 */
export function backOff({ minDelayMs, maxDelayMs }: Timing, attempts: number, random = Math.random): number {
  const longest = Math.min(maxDelayMs, minDelayMs * 2 ** attempts);
  return longest * (0.5 + random() / 2);
}
