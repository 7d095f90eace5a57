import type { Room, RoomTimer, SessionType } from '../../../clients/typescript/src/index.js';
import type { Phase } from '../shared/phase.js';

/** The state of a room's timer at an instant. */
export interface Projection {
  readonly timer: RoomTimer;
  /** The last session that reached its target since the server's message, and when (milliseconds); null if none did. */
  readonly passed: { readonly type: SessionType; readonly at: number } | null;
}

/** The room settings that determine the next phase. */
export type PhaseSettings = Pick<Room, 'work_duration' | 'break_duration' | 'auto_start_break'>;

/**
 * The state that the server would show at this instant, if no command came since its last message
 * (docs/spec/rooms.md#rooms * a room", target reached). An offline page moves from work into the break like all the
 * others.
 * @param now the server's clock, milliseconds
 */
export function project(serverTimer: RoomTimer, phaseSettings: PhaseSettings, now: number): Projection {
  let [timer, passed]: [RoomTimer, Projection['passed']] = [serverTimer, null];
  while (timer.status === 'running' && timer.target_timestamp !== null) {
    const target = Date.parse(timer.target_timestamp);
    if (now < target) break;
    passed = { type: timer.session_type, at: target };
    timer = after(timer, phaseSettings, target);
  }
  return { timer, passed };
}

function after(timer: RoomTimer, phaseSettings: PhaseSettings, target: number): RoomTimer {
  if (timer.session_type === 'break') return idle('work', phaseSettings, timer.revision);
  if (!phaseSettings.auto_start_break) return idle('break', phaseSettings, timer.revision);
  const seconds = phaseSettings.break_duration;
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

/** A room's timer before a session. */
export function idle(type: SessionType, phaseSettings: PhaseSettings, revision: number): RoomTimer {
  const seconds = type === 'work' ? phaseSettings.work_duration : phaseSettings.break_duration;
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
