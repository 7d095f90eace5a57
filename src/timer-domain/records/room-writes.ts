import { type ChangeWrite, changeWrite, type StartWrite, type WritePlan } from './write-plan.js';
import type { RoomTransition } from '../rules/room-timer.js';

/**
 * What steps of rooms' timers write: the last line of each step in the log carries what sockets are told of it, so one
 * step is told once even when a session ends and another begins. What happens to a session moves the room's timer on with it,
 * and neither happens when either has moved on meanwhile; a step without such an event leaves the room's timer to
 * a statement of its own.
 */
export function roomWrites(steps: readonly RoomTransition[], actor: string | null): WritePlan {
  const changes: ChangeWrite[] = [];
  const starts: StartWrite[] = [];
  for (const { event, started, roomTimer, change } of steps) {
    if (event) {
      const write = changeWrite(event.timer, event.event, actor);
      changes.push({ ...write, roomTimer, ...(started ? { forStart: started.id } : { room: change }) });
    }
    if (started) {
      const predecessor = event?.timer.id ?? null;
      starts.push({ timer: started, actor, exclusive: false, predecessor, room: change });
    }
  }
  return { changes, starts };
}
