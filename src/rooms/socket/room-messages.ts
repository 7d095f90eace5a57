import type { Recipient } from '../../realtime/hub/hub.js';
import type { ServerMessage } from '../../realtime/messages.js';
import type { RoomChange } from '../../timer-domain/rules/room-timer.js';
import type { RoomPresenter } from '../rooms/room.presenter.js';

/**
 * What a step of a room's timer says: the session that is over first, then what the room's timer shows since
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
