/** How patient a socket is; all in milliseconds. */
export interface Timing {
  /** Before the first attempt to reconnect; doubled with each further one. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** A command that is not answered within this is rejected; it may have been carried out. */
  readonly answerWithinMs: number;
  /** How often the connection is tried, and the server's clock read. */
  readonly pingEveryMs: number;
  /** Without an answer to that within this, the connection is given up. */
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
 * How long to wait before the next attempt: twice as long each time, and a random part of it, so that the clients of a
 * server that was away do not all come back in the same moment.
 * @param attempts that failed before
 */
export function backOff({ minDelayMs, maxDelayMs }: Timing, attempts: number, random = Math.random): number {
  const longest = Math.min(maxDelayMs, minDelayMs * 2 ** attempts);
  return longest * (0.5 + random() / 2);
}
