import type { Timer } from './types.js';

/** Number of ended timers kept; older ones are available from `timers.list()`. */
const MAX_ENDED = 100;

/** The known timers, each at its newest revision (docs/spec/sockets.md#both-sockets). */
export interface TimersSnapshot {
  /** The user's running and paused timers, newest first. */
  readonly timers: readonly Timer[];
  /** The user's timers that ended, or changed after their end, while the socket was open; newest first. */
  readonly ended: readonly Timer[];
  /** Followed timers of other users, newest first. */
  readonly shared: readonly Timer[];
}

const EMPTY: TimersSnapshot = { timers: [], ended: [], shared: [] };

export const isActive = ({ status }: Pick<Timer, 'status'>): boolean => status === 'RUNNING' || status === 'PAUSED';

/**
 * Merges lists of timers, newest first; of each timer the highest revision wins. REST responses and socket messages may
 * therefore arrive in any order.
 */
export function mergeTimers(...sources: readonly (readonly Timer[])[]): Timer[] {
  const newest = new Map<string, Timer>();
  for (const timer of sources.flat()) {
    if (timer.revision >= (newest.get(timer.id)?.revision ?? 0)) newest.set(timer.id, timer);
  }
  return [...newest.values()].sort(newestFirst);
}

/** UUIDs of version 7 sort by creation (docs/spec/v1.md#11-requests-and-replies). */
function newestFirst(one: Timer, other: Timer): number {
  const later = Date.parse(other.created_at) - Date.parse(one.created_at);
  return later === 0 ? (one.id < other.id ? 1 : -1) : later;
}

/** Maintains a {@link TimersSnapshot}. */
export class TimerCollection {
  private readonly known = new Map<string, Timer>();
  private readonly deleted = new Map<string, number>();
  private snapshot = EMPTY;

  get(): TimersSnapshot {
    return this.snapshot;
  }

  put(...timers: readonly Timer[]): void {
    for (const timer of timers) {
      const revision = this.known.get(timer.id)?.revision ?? this.deleted.get(timer.id) ?? 0;
      if (timer.revision >= revision) this.known.set(timer.id, timer);
    }
    this.refresh();
  }

  remove(id: string, revision = Infinity): void {
    const known = this.known.get(id);
    if (known && known.revision > revision) return;
    this.known.delete(id);
    if (revision !== Infinity) this.deleted.set(id, revision);
    this.refresh();
  }

  /** Removes active timers that are not in `listed`: they ended while the socket was closed. */
  keepActive(listed: readonly Timer[], whose: 'own' | 'shared', except: ReadonlySet<string> = new Set()): void {
    const ids = new Set(listed.map(({ id }) => id));
    for (const { id } of whose === 'own' ? this.snapshot.timers : this.snapshot.shared) {
      if (!ids.has(id) && !except.has(id)) this.known.delete(id);
    }
    this.refresh();
  }

  clear(): void {
    this.known.clear();
    this.deleted.clear();
    this.snapshot = EMPTY;
  }

  private refresh(): void {
    const all = mergeTimers([...this.known.values()]);
    const own = all.filter(({ is_shared: isShared }) => !isShared);
    const ended = own.filter((timer) => !isActive(timer));
    for (const { id } of ended.splice(MAX_ENDED)) this.known.delete(id);
    this.snapshot = { timers: own.filter(isActive), ended, shared: all.filter((timer) => timer.is_shared) };
  }
}
