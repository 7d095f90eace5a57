import type { RoomTimer, Timer } from './types.js';

/**
 * Seconds worked on a timer at an instant: the history and the running segment (docs/spec/v1.md#52-state-rules).
 * @param nowMs the server's clock, `metronome.clock.now()`
 * @returns whole seconds, never negative
 */
export function elapsedAt(
  timer: Pick<Timer, 'elapsed_time' | 'running_since' | 'pause_history'>,
  nowMs: number,
): number {
  if (timer.running_since === null) return timer.elapsed_time;
  const worked = timer.pause_history.findLast(({ elapsed }) => elapsed !== undefined)?.elapsed ?? 0;
  return worked + Math.max(0, Math.floor((nowMs - Date.parse(timer.running_since)) / 1_000));
}

/**
 * Seconds left on a room's timer at an instant (docs/spec/rooms.md#timer-of-a-room).
 * @param nowMs the server's clock, `metronome.clock.now()`
 * @returns seconds with their fraction, so that a ring can move smoothly; never negative nor above the duration
 */
export function remainingAt(
  timer: Pick<RoomTimer, 'remaining_seconds' | 'target_timestamp' | 'duration_seconds'>,
  nowMs: number,
): number {
  if (timer.target_timestamp === null) return timer.remaining_seconds;
  const left = (Date.parse(timer.target_timestamp) - nowMs) / 1_000;
  return Math.min(timer.duration_seconds, Math.max(0, left));
}
