/**
 * The source of time for timers: the database's clock, so that all instances agree on the second
 * (docs/architecture.md#whole-seconds).
 */
export abstract class Clock {
  /** Milliseconds since the epoch, with fractions. @throws ServiceUnavailableError while the time is not known */
  abstract now(): number;

  /** Maximum error of {@link now} in milliseconds; Infinity while the time is not known. */
  abstract readonly uncertaintyMs: number;
}

/** Uncertainty in milliseconds above which an instance is not ready (docs/architecture.md#whole-seconds). */
export const MAX_UNCERTAINTY_MS = 250;
