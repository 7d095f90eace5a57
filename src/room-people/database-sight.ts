/** Maximum time between two successful queries; after a longer pause the observation starts again. */
const LONGEST_PAUSE_SECONDS = 8;
/** Every live instance writes a sign of life within this time after the database becomes reachable. */
const STEADY_SECONDS = 15;

/**
 * Tracks how long this instance has reached the database without a pause. While the database was unreachable, other
 * instances could not write signs of life, so their silence counts only after a period of uninterrupted observation.
 * All times are seconds of the database's clock.
 */
export class DatabaseSight {
  private last = -Infinity;
  private steadySince = Infinity;

  /** The database answered at this time. */
  seen(at: number): void {
    if (at - this.last > LONGEST_PAUSE_SECONDS) this.steadySince = at;
    this.last = Math.max(this.last, at);
  }

  /** The database did not answer; the observation starts again. */
  lost(): void {
    this.last = -Infinity;
    this.steadySince = Infinity;
  }

  /** Whether the silence of other instances counts at this time. */
  isSteady(now: number): boolean {
    return now - this.last <= LONGEST_PAUSE_SECONDS && now - this.steadySince >= STEADY_SECONDS;
  }
}
