import { elapsedAt, type Segment, type Timer } from '../../../clients/typescript/src/index.js';

/**
 * The segments of a timer, from its history (docs/spec/v1.md#52-state-rules); the last segment of a running timer ends
 * now. @param now
 * milliseconds
 */
export function segmentsOf(timer: Pick<Timer, 'pause_history'>, now: number): Segment[] {
  const segments: Segment[] = [];
  let start: string | undefined;
  for (const { action, at } of timer.pause_history) {
    if (action === 'start' || action === 'resume') start = at;
    else if (start !== undefined) {
      segments.push({ start, end: at });
      start = undefined;
    }
  }
  if (start !== undefined) segments.push({ start, end: new Date(now).toISOString() });
  return segments.filter(({ start: from, end }) => Date.parse(from) < Date.parse(end));
}

export const secondsOf = (segments: readonly Segment[]): number =>
  segments.reduce((sum, { start, end }) => sum + Math.round((Date.parse(end) - Date.parse(start)) / 1_000), 0);

const HOUR = 3_600;

/** Running so far beyond its plan that it was probably forgotten. @param now the server's clock, milliseconds */
export function isForgotten(timer: Timer, now: number): boolean {
  if (timer.status !== 'RUNNING' || timer.running_since === null) return false;
  const sinceResumed = (now - Date.parse(timer.running_since)) / 1_000;
  return sinceResumed > 3 * HOUR && elapsedAt(timer, now) > timer.allocated_duration + 2 * HOUR;
}

/**
 * The probable end of a forgotten timer: when its plan was fulfilled, or without a plan an hour after its last start.
 */
export function probableEnd(timer: Timer, now: number): string {
  const since = Date.parse(timer.running_since ?? timer.started_at);
  const worked = timer.pause_history.findLast(({ elapsed }) => elapsed !== undefined)?.elapsed ?? 0;
  const left = timer.allocated_duration - worked;
  return new Date(Math.min(now, since + (left > 0 ? left : HOUR) * 1_000)).toISOString();
}
