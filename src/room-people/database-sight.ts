/** Looks at the database come at least this often; a longer pause is time that was not watched. */
const LONGEST_PAUSE_SECONDS = 8;
/** Every instance that lives writes a sign of life within this time once the database answers again. */
const STEADY_SECONDS = 15;

/**
 * Since when this instance has seen the database without a pause. Silence of others means nothing while there was no
 * database to write a sign of life to, so it counts only after a while of uninterrupted sight. All times are seconds of
 * the database's clock.
 */
export class DatabaseSight {
  private last = -Infinity;
  private steadySince = Infinity;

  /** The database answered at this time. */
  seen(at: number): void {
    if (at - this.last > LONGEST_PAUSE_SECONDS) this.steadySince = at;
    this.last = Math.max(this.last, at);
  }

  /** The database did not answer: the watch begins anew. */
  lost(): void {
    this.last = -Infinity;
    this.steadySince = Infinity;
  }

  /** Whether silence counts at this time. */
  isSteady(now: number): boolean {
    return now - this.last <= LONGEST_PAUSE_SECONDS && now - this.steadySince >= STEADY_SECONDS;
  }
}
