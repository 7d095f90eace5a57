import type { HistoryEntry, Instant, Timer } from './timer.js';

/** A period of work in whole seconds; the end is exclusive. */
export interface Segment {
  readonly start: Instant;
  readonly end: Instant;
}

/** The segments of a history; a running segment ends at `now`. */
export function segmentsOf(history: readonly HistoryEntry[], now: Instant): Segment[] {
  const segments: Segment[] = [];
  let start: Instant | undefined;
  for (const { action, at } of history) {
    if (action === 'start' || action === 'resume') start = at;
    else if (start !== undefined) {
      segments.push({ start, end: at });
      start = undefined;
    }
  }
  if (start !== undefined && now > start) segments.push({ start, end: now });
  return segments;
}

/**
 * Validates segments (docs/spec/extensions.md#correcting-and-adding-up).
 * @param maxSpan seconds
 * @returns an error message for users; undefined when the segments are valid
 */
export function problemOf(segments: readonly Segment[], now: Instant, maxSpan: number): string | undefined {
  const [first] = segments;
  const last = segments.at(-1);
  if (first === undefined || last === undefined) return 'at least one segment';
  if (segments.some(({ start, end }) => start >= end)) return 'each segment must end after it starts';
  if (segments.some(({ start }, index) => start < (segments[index - 1]?.end ?? 0))) {
    return 'segments must be in order and must not overlap';
  }
  if (last.end > now) return 'segments must not lie in the future';
  if (last.end - first.start > maxSpan) return `segments may span ${maxSpan} seconds at most`;
  return undefined;
}

/** The history of a timer that ran in these segments and then ended by stop or cancel. */
export function historyOf(segments: readonly Segment[], ended: 'stop' | 'cancel'): HistoryEntry[] {
  let elapsed = 0;
  return segments.flatMap(({ start, end }, index) => {
    elapsed += end - start;
    const action = index === segments.length - 1 ? ended : ('pause' as const);
    return [
      { action: index === 0 ? ('start' as const) : ('resume' as const), at: start },
      { action, at: end, elapsed },
    ];
  });
}

/** The timer as if it had run in exactly these segments; its other fields do not change. */
export function withSegments(timer: Timer, segments: readonly Segment[]): Timer {
  const cancelled = timer.state.status === 'cancelled';
  const history = historyOf(segments, cancelled ? 'cancel' : 'stop');
  const endedAt = segments.at(-1)?.end ?? timer.startedAt;
  const elapsed = history.at(-1)?.elapsed ?? 0;
  const status = cancelled ? ('cancelled' as const) : ('completed' as const);
  const startedAt = segments[0]?.start ?? timer.startedAt;
  return { ...timer, startedAt, history, state: { status, endedAt, elapsed, pausedAt: null } };
}
