/** How many connections of each key are open or being opened. */
export class OpenConnections {
  private readonly counts = new Map<string, number>();

  /** Counts one more. @returns false when there are `max` already */
  enter(key: string, max: number): boolean {
    const open = this.counts.get(key) ?? 0;
    if (open >= max) return false;
    this.counts.set(key, open + 1);
    return true;
  }

  leave(key: string): void {
    const left = (this.counts.get(key) ?? 0) - 1;
    if (left > 0) this.counts.set(key, left);
    else this.counts.delete(key);
  }
}
