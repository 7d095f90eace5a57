import type { Recipient } from '../../realtime/hub/hub.js';
import type { ServerMessage } from '../../realtime/messages.js';
import type { RoomChange } from '../../timer-domain/rules/room-timer.js';
import type { RoomPresenter } from '../rooms/room.presenter.js';

/**
 * The messages for one change of a room timer: first the completed session, if any, then the state after the change
 * (docs/spec/rooms.md#socket).
 */
export function stepMessages(
  presenter: RoomPresenter,
  roomId: string,
  { completed, state, revision, action }: RoomChange,
  { zone, endpoint }: Pick<Recipient, 'zone' | 'endpoint'>,
): ServerMessage[] {
  const timer = presenter.timer(state, revision, zone);
  const update: ServerMessage = { type: 'roomTimer', roomId, endpoint, timer, action };
  if (completed === undefined) return [update];
  const { type, next, autoStart } = completed;
  return [
    {
      type: 'roomSessionCompleted',
      roomId,
      endpoint,
      completedSessionType: type,
      nextSessionType: next,
      autoStart,
    },
    update,
  ];
}
