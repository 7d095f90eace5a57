import { inLogOrder, type TimerChange } from './timer-change.js';
import { toTimer, type TimerRecord } from './timer-record.js';
import type { ChangeWrite, StartWrite, WritePlan, WriteResults } from './write-plan.js';

/** The changes of a plan that the results say are committed, in the order of the log. */
export function writtenChanges({ changes, starts }: WritePlan, results: WriteResults): TimerChange[] {
  const written = [...changes, ...starts].flatMap((write) => {
    const changeId = results.get(write.timer.id)?.change_id;
    return changeId === undefined || changeId === null ? [] : [changeOf(write, changeId)];
  });
  return inLogOrder(written);
}

/** The change that a write comes to. @param changeId its place in the log */
export function changeOf(write: ChangeWrite | StartWrite, changeId: string): TimerChange {
  const { timer, actor, room } = write;
  const [action, at] = 'action' in write ? [write.action, write.entry.at] : ['start' as const, timer.startedAt];
  return { changeId, timer, action, at, actor, ...(room ? { room } : {}) };
}

/** A row that an edit returns: the timer as it is now and its place in the log. */
export type EditedRecord = TimerRecord & { change_id: string };

/** The changes of an edit's rows, which are in the order of the log. */
export function editedChanges(
  rows: readonly EditedRecord[],
  { action, at, actor }: Pick<TimerChange, 'action' | 'at' | 'actor'>,
): TimerChange[] {
  return rows.map((row) => ({ changeId: row.change_id, timer: toTimer(row), action, at, actor }));
}
