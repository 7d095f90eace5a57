/**
 * What time it is for the timers: the database's clock, so that every instance means the same second
 * (docs/architecture.md#whole-seconds).
 */
export abstract class Clock {
  /** Milliseconds since the epoch, with fractions. @throws ServiceUnavailableError while it is not known */
  abstract now(): number;

  /** How far {@link now} may be off, in milliseconds; Infinity while it is not known. */
  abstract readonly uncertaintyMs: number;
}

/** Beyond this an instance is not ready (docs/architecture.md#whole-seconds). */
export const MAX_UNCERTAINTY_MS = 250;
