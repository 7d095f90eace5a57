import { inLogOrder, type TimerChange } from '../changes/timer-change.js';
import type { RoomClock, RoomTransition } from '../rules/room-clock.js';
import { pgArray } from './pg-array.js';
import { changeWrite } from './timer-command.js';
import type { ChangeWrite, StartWrite, WriteBatch } from './write-statement.js';

/**
 * What steps of rooms' clocks write: the last line of each step in the log carries what sockets are told of it, so one
 * step is told once even when a session ends and another begins.
 */
export function roomWrites(steps: readonly RoomTransition[], actor: string | null): WriteBatch {
  const changes: ChangeWrite[] = [];
  const starts: StartWrite[] = [];
  for (const { event, started, change } of steps) {
    if (event) {
      const write = changeWrite(event.timer, event.event, actor);
      changes.push({ ...write, ...(started ? { forStart: started.id } : { room: change }) });
    }
    if (started) {
      const predecessor = event?.timer.id ?? null;
      starts.push({ timer: started, actor, exclusive: false, predecessor, room: change });
    }
  }
  return { changes, starts };
}

/** The changes that were committed, in the order of the log. @param changeIds by timer */
export function roomChanges(batch: WriteBatch, changeIds: ReadonlyMap<string, string | null>): TimerChange[] {
  const written = [...batch.changes, ...batch.starts].flatMap((write): TimerChange[] => {
    const { timer, actor, room } = write;
    const changeId = changeIds.get(timer.id);
    if (changeId === undefined || changeId === null) return [];
    const [action, at] = 'action' in write ? [write.action, write.entry.at] : ['start', timer.startedAt];
    return [{ changeId, timer, action, at, actor, ...(room ? { room } : {}) }];
  });
  return inLogOrder(written);
}

/**
 * Completions with the clocks they move on: those need not be held before, and nothing happens to a room that has moved
 * on meanwhile.
 */
export function completionWrites(steps: readonly RoomTransition[]): WriteBatch {
  const { changes, starts } = roomWrites(steps, null);
  const clocks = new Map(steps.map(({ event, clock }) => [event?.timer.id, clock]));
  const withClock = (change: ChangeWrite): ChangeWrite => {
    const clock = clocks.get(change.timer.id);
    return clock ? { ...change, clock } : change;
  };
  return { changes: changes.map(withClock), starts };
}

/** The statement that moves clocks on. @returns text and values */
export function clockUpdate(clocks: readonly RoomClock[]): [string, unknown[]] {
  const text = `UPDATE room_clocks c SET idle_type = n.idle_type, revision = n.revision
    FROM unnest($1::uuid[], $2::text[], $3::int[]) AS n (room_id, idle_type, revision) WHERE c.room_id = n.room_id`;
  return [
    text,
    [
      pgArray(clocks.map(({ roomId }) => roomId)),
      pgArray(clocks.map(({ idleType }) => idleType)),
      pgArray(clocks.map(({ revision }) => revision)),
    ],
  ];
}
