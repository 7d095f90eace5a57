import type {
  ClientCommand,
  Endpoint,
  Envelope,
  FrameProblem,
  Payload,
  RoomTimer,
  ServerMessage,
  ServerMessageType,
} from '../messages.js';
import { type CommandWording, decodeCommand, type Meaning, MEANINGS } from './decode-command.js';
import { listFacts, roomKey } from './payloads.js';
import { quoted } from './quoted.js';

/** `{type, payload}`, native to `/v1/ws/timers` (seeds/timer-guide-2026-01-28.md). */
const WORDING: CommandWording = {
  dialect: 'type-payload',
  wordKey: 'type',
  payloadKey: 'payload',
  words: new Map<string, Meaning>([
    ['timer.create', MEANINGS.startOwn],
    ['timer.start', MEANINGS.startRoom],
    ['timer.pause', MEANINGS.pause],
    ['timer.resume', MEANINGS.resume],
    ['timer.stop', MEANINGS.stop],
    ['timer.cancel', MEANINGS.cancel],
    ['timer.reset', MEANINGS.reset],
    ['timer.sync', MEANINGS.sync],
    ['ping', MEANINGS.ping],
    ['auth.renew', MEANINGS.renewAuth],
    ['room.join', MEANINGS.joinRoom],
    ['room.leave', MEANINGS.leaveRoom],
  ]),
  unreadable: 'INVALID_MESSAGE',
  unknownWord: (word) =>
    word === undefined
      ? { code: 'INVALID_MESSAGE', message: 'Message has no type' }
      : { code: 'UNKNOWN_TYPE', message: `Unknown message type: '${quoted(word)}'` },
};

/** A frame's `type`, `payload` and `from_user`. */
type Said = readonly [type: string, payload: Payload, fromUser?: string | undefined];

const SAY: { readonly [T in ServerMessageType]: (message: ServerMessage<T>) => Said } = {
  connected: ({ userId, message }) => ['connected', { user_id: userId, message }],
  timerCreated: ({ timer, action, fromUser }) => ['timer.created', { timer, action }, fromUser],
  timerUpdated: ({ timer, action, fromUser }) => ['timer.updated', { timer, action }, fromUser],
  timerDeleted: ({ timerId, revision, fromUser }) => ['timer.deleted', { timer_id: timerId, revision }, fromUser],
  timerList: (list) => ['timer.sync_result', { timers: list.timers, ...listFacts(list) }, list.fromUser],
  roomTimer: (message) => [
    'timer.updated',
    { ...roomKey(message), timer: roomTimer(message.roomId, message.timer), action: message.action },
  ],
  roomSessionCompleted: (message) => [
    'timer.completed',
    {
      ...roomKey(message),
      completed_session_type: message.completedSessionType,
      next_session_type: message.nextSessionType,
      auto_start: message.autoStart,
    },
  ],
  participant: (message) => [
    'room.participant',
    {
      ...roomKey(message),
      action: message.action,
      participant: message.participant,
      current_count: message.currentCount,
    },
  ],
  participants: (message) => [
    'room.participants',
    { ...roomKey(message), participants: message.participants, current_count: message.currentCount },
  ],
  roomUpdated: (message) => ['room.updated', { ...roomKey(message), room: message.room }],
  friendActivity: ({ friendId, displayName, action, timerId, timerTitle }) => [
    'timer.friend_activity',
    { friend_id: friendId, display_name: displayName, action, timer_id: timerId, timer_title: timerTitle },
    friendId,
  ],
  authExpiring: ({ expiresAt }) => ['auth.expiring', { expires_at: expiresAt }],
  authRenewed: ({ expiresAt }) => ['auth.renewed', { expires_at: expiresAt }],
  roomJoined: ({ room, participantId }) => ['room.joined', { room, participant_id: participantId }],
  roomLeft: ({ roomId }) => ['room.left', { room_id: roomId }],
  pong: ({ serverTime, sentAt }) => ['pong', { server_time: serverTime, sent_at: sentAt }],
  error: ({ code, message }) => ['error', { code, message }],
};

/** A room's timer with its `room_id` and its status in upper case (docs/spec/extensions.md#sockets). */
const roomTimer = (roomId: string, timer: RoomTimer): Payload => ({
  room_id: roomId,
  ...timer,
  status: timer.status.toUpperCase(),
});

const say = <T extends ServerMessageType>(message: ServerMessage<T>): Said => SAY[message.type](message);

/** The dialect of {@link WORDING}. */
export const typePayload = {
  decode: (frame: unknown, endpoint: Endpoint): ClientCommand | FrameProblem => decodeCommand(frame, endpoint, WORDING),

  encode(message: ServerMessage, { timestamp, id, changeId }: Envelope): string {
    const [type, payload, fromUser] = say(message);
    return JSON.stringify({ type, payload, from_user: fromUser, timestamp, id, change_id: changeId });
  },
};
