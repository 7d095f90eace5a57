/** Timers whose last told revision a connection remembers. */
const MAX_TIMERS = 2_000;
/** With fewer there is nothing to forget, so nobody asks in which order they were told. */
const ORDERED_FROM = 1_000;

/**
 * Which revision of which timer a connection was told last, so that its frames leave in order (design.md, "The hub keeps
 * order"). A plain map, since most of the many connections know of a timer or two.
 */
export class Delivered {
  private readonly revisions = new Map<string, number>();

  revisionOf(timerId: string): number | undefined {
    return this.revisions.get(timerId);
  }

  /** Whether this revision is news; it counts as told from now on. */
  take(timerId: string, revision: number): boolean {
    const last = this.revisions.get(timerId);
    if (last !== undefined && revision <= last) return false;
    if (last !== undefined && this.revisions.size < ORDERED_FROM) this.revisions.set(timerId, revision);
    else this.set(timerId, revision);
    return true;
  }

  /** What was told longest ago is forgotten first. */
  private set(timerId: string, revision: number): void {
    this.revisions.delete(timerId);
    this.revisions.set(timerId, revision);
    if (this.revisions.size <= MAX_TIMERS) return;
    for (const oldest of this.revisions.keys()) {
      this.revisions.delete(oldest);
      break;
    }
  }
}
