import type { PersonalAction, ServerMessage } from '../../realtime/messages.js';
import type { Recipient } from '../../realtime/hub/hub.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import type { Reader } from '../http/read-context.js';
import type { TimerObject } from '../timers/timer.presenter.js';

/** Shows one timer to a reader; prepared once, called once per zone. */
export type Show = (reader: Reader) => TimerObject;

const CREATED = new Set(['start', 'create']);
const CONTROL = new Set(['start', 'pause', 'resume', 'stop', 'cancel']);

/** Whether friends hear of it (docs/spec/sockets.md#the-personal-socket). */
export const isActivity = ({ action }: TimerChange): boolean => CONTROL.has(action);

/** `action` as frames say it: what is no control is an update (docs/spec/v1.md#57-pushes). */
const wordOf = (action: string): PersonalAction => (CONTROL.has(action) ? (action as PersonalAction) : 'update');

/** What a change says to a person's own devices, or to a viewer of theirs. */
export function changeMessage(
  change: TimerChange,
  show: Show,
  { zone }: Pick<Recipient, 'zone'>,
  readerId: string,
): ServerMessage {
  const { timer, action, actor } = change;
  const acted = actor === null ? {} : { fromUser: actor };
  if (action === 'delete') return { type: 'timerDeleted', timerId: timer.id, revision: timer.revision, ...acted };
  const type = CREATED.has(action) && readerId === timer.userId ? 'timerCreated' : 'timerUpdated';
  return { type, timer: show({ userId: readerId, zone }), action: wordOf(action), ...acted };
}

/** A timer that a viewer may no longer see. @param actor who caused it, where it was a change of the timer */
export const goneMessage = ({ id, revision }: Pick<Timer, 'id' | 'revision'>, actor: string | null): ServerMessage => ({
  type: 'timerDeleted',
  timerId: id,
  revision,
  ...(actor === null ? {} : { fromUser: actor }),
});
