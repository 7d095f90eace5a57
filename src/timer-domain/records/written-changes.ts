import { inLogOrder, type TimerChange } from './timer-change.js';
import { toTimer, type TimerRecord } from './timer-record.js';
import type { ChangeWrite, StartWrite, WritePlan, WriteResults } from './write-plan.js';

/** The changes of a plan that were written, according to the results, in the order of the log. */
export function writtenChanges({ changes, starts }: WritePlan, results: WriteResults): TimerChange[] {
  const written = [...changes, ...starts].flatMap((write) => {
    const changeId = results.get(write.timer.id)?.change_id;
    return changeId === undefined || changeId === null ? [] : [changeOf(write, changeId)];
  });
  return inLogOrder(written);
}

/** The change that a write makes. @param changeId id in the change log */
export function changeOf(write: ChangeWrite | StartWrite, changeId: string): TimerChange {
  const { timer, actor, room } = write;
  const [action, at] = 'action' in write ? [write.action, write.entry.at] : ['start' as const, timer.startedAt];
  return { changeId, timer, action, at, actor, ...(room ? { room } : {}) };
}

/** A row that an edit returns: the timer after the edit, and the id of its log row. */
export type EditedRecord = TimerRecord & { change_id: string };

/** Converts the rows of an edit to changes, keeping the order of the log. */
export function editedChanges(
  rows: readonly EditedRecord[],
  { action, at, actor }: Pick<TimerChange, 'action' | 'at' | 'actor'>,
): TimerChange[] {
  return rows.map((row) => ({ changeId: row.change_id, timer: toTimer(row), action, at, actor }));
}
