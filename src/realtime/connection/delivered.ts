/** Maximum number of timers whose last delivered revision a connection remembers. */
const MAX_TIMERS = 2_000;
/** With fewer timers nothing is evicted soon, so the order of delivery is not maintained. */
const ORDERED_FROM = 1_000;

/**
 * The last revision of each timer that was delivered to a connection, so that frames are sent in order
 * (docs/architecture.md#order-of-frames). A plain map, because most connections have only one or two timers.
 */
export class Delivered {
  private readonly told = new Map<string, { revision: number }>();

  revisionOf(timerId: string): number | undefined {
    return this.told.get(timerId)?.revision;
  }

  /** Records a revision as delivered. @returns false if it, or a newer one, was delivered before */
  take(timerId: string, revision: number): boolean {
    const last = this.told.get(timerId);
    if (last !== undefined && revision <= last.revision) return false;
    if (last !== undefined && this.told.size < ORDERED_FROM) last.revision = revision;
    else this.set(timerId, revision);
    return true;
  }

  /** Stores a revision and evicts the timer that was delivered longest ago. */
  private set(timerId: string, revision: number): void {
    this.told.delete(timerId);
    this.told.set(timerId, { revision });
    if (this.told.size <= MAX_TIMERS) return;
    for (const oldest of this.told.keys()) {
      this.told.delete(oldest);
      break;
    }
  }
}
