/** Counts the connections of each key that are open or being opened. */
export class OpenConnections {
  private readonly counts = new Map<string, number>();

  /** Counts one more connection. @returns false if there are already `max` */
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
