/** How many connections of each kind of key are open or being opened. */
export class OpenConnections {
  private readonly counts = new Map<string, number>();

  /** Takes one place. @returns false when `max` are taken */
  take(key: string, max: number): boolean {
    const taken = this.counts.get(key) ?? 0;
    if (taken >= max) return false;
    this.counts.set(key, taken + 1);
    return true;
  }

  release(key: string): void {
    const left = (this.counts.get(key) ?? 0) - 1;
    if (left > 0) this.counts.set(key, left);
    else this.counts.delete(key);
  }
}
