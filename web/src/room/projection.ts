import type { Room, RoomTimer, SessionType } from '../../../clients/typescript/src/index.js';
import type { Phase } from '../shared/phase.js';

/** What a room's clock shows at an instant. */
export interface Projection {
  readonly timer: RoomTimer;
  /** When the session before this one reached its target, milliseconds; null when nothing passed since we were told. */
  readonly passed: { readonly type: SessionType; readonly at: number } | null;
}

/** A room's settings, as far as they say what follows a session. */
export type Course = Pick<Room, 'work_duration' | 'break_duration' | 'auto_start_break'>;

/**
 * What the server shows at this instant if nobody did anything since it told us (rooms.md, "Timer of a room", target
 * reached): a page without a network goes from work into the break with everybody else.
 * @param now the server's clock, milliseconds
 */
export function project(told: RoomTimer, course: Course, now: number): Projection {
  let [timer, passed]: [RoomTimer, Projection['passed']] = [told, null];
  while (timer.status === 'running' && timer.target_timestamp !== null) {
    const target = Date.parse(timer.target_timestamp);
    if (now < target) break;
    passed = { type: timer.session_type, at: target };
    timer = after(timer, course, target);
  }
  return { timer, passed };
}

function after(timer: RoomTimer, course: Course, target: number): RoomTimer {
  if (timer.session_type === 'break') return idle('work', course, timer.revision);
  if (!course.auto_start_break) return idle('break', course, timer.revision);
  const seconds = course.break_duration;
  return {
    status: 'running',
    session_type: 'break',
    remaining_seconds: seconds,
    duration_seconds: seconds,
    started_at: new Date(target).toISOString(),
    target_timestamp: new Date(target + seconds * 1_000).toISOString(),
    revision: timer.revision,
  };
}

/** A room's clock before a session. */
export function idle(type: SessionType, course: Course, revision: number): RoomTimer {
  const seconds = type === 'work' ? course.work_duration : course.break_duration;
  return {
    status: 'idle',
    session_type: type,
    remaining_seconds: seconds,
    duration_seconds: seconds,
    started_at: null,
    target_timestamp: null,
    revision,
  };
}

export function phaseOf({ status, session_type: type }: RoomTimer): Phase {
  if (status === 'idle') return 'idle';
  return status === 'paused' ? 'paused' : type;
}
