/** So many at once, then one more each time an interval has passed. */
export class Allowance {
  private left: number;
  private countedAt = Date.now();

  /**
   * @param atOnce how many an idle allowance grants without waiting
   * @param intervalMs after which it grants one more
   */
  constructor(
    private readonly atOnce: number,
    private readonly intervalMs: number,
  ) {
    this.left = atOnce;
  }

  /** @returns whether there was one left; it is gone then */
  take(): boolean {
    const now = Date.now();
    const earned = Math.max(0, now - this.countedAt) / this.intervalMs;
    this.left = Math.min(this.atOnce, this.left + earned);
    this.countedAt = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
