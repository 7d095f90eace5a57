import { type ChangeWrite, changeWrite, type StartWrite, type WritePlan } from './write-plan.js';
import type { RoomTransition } from '../rules/room-timer.js';

/**
 * The writes of room timer steps. The last log row of each step carries the change that is broadcast, so a step is
 * broadcast once even when one session ends and another begins. An event of a session also updates the room timer;
 * both writes apply only if neither row has changed since. For a step without such an event, a separate statement
 * updates the room timer.
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
