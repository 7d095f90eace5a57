/** Timers whose last told revision a connection remembers. */
const MAX_TIMERS = 2_000;
/** With fewer there is nothing to forget, so nobody asks in which order they were told. */
const ORDERED_FROM = 1_000;

/**
 * Which revision of which timer a connection was told last, so that its frames leave in order
 * (docs/architecture.md#order-of-frames). A plain map, since most of the many connections know of a timer or two.
 */
export class Delivered {
  private readonly told = new Map<string, { revision: number }>();

  revisionOf(timerId: string): number | undefined {
    return this.told.get(timerId)?.revision;
  }

  /** Whether this revision is news; it counts as told from now on. */
  take(timerId: string, revision: number): boolean {
    const last = this.told.get(timerId);
    if (last !== undefined && revision <= last.revision) return false;
    if (last !== undefined && this.told.size < ORDERED_FROM) last.revision = revision;
    else this.set(timerId, revision);
    return true;
  }

  /** What was told longest ago is forgotten first. */
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
