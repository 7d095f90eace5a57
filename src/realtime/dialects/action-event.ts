import type {
  ClientCommand,
  Endpoint,
  Envelope,
  FrameProblem,
  Payload,
  PersonalTimer,
  ServerMessage,
  ServerMessageType,
} from '../messages.js';
import { type CommandWording, decodeCommand, type Meaning, MEANINGS } from './decode-command.js';
import { listFacts, roomKey } from './payloads.js';
import { quoted } from './quoted.js';

/** `{action, data}` and `{event, data}`, native to `/ws/room/{room_id}` (docs/spec/sockets.md#dialects). */
const WORDING: CommandWording = {
  dialect: 'action-event',
  wordKey: 'action',
  payloadKey: 'data',
  words: new Map<string, Meaning>([
    ['start_timer', MEANINGS.start],
    ['pause_timer', MEANINGS.pause],
    ['resume_timer', MEANINGS.resume],
    ['stop_timer', MEANINGS.stop],
    ['cancel_timer', MEANINGS.cancel],
    ['reset_timer', MEANINGS.reset],
    ['sync_timer', MEANINGS.sync],
    ['ping', MEANINGS.ping],
    ['renew_auth', MEANINGS.renewAuth],
    ['join_room', MEANINGS.joinRoom],
    ['leave_room', MEANINGS.leaveRoom],
  ]),
  unreadable: 'VALIDATION_ERROR',
  // docs/spec/rooms.md#errors has one row for unknown, missing and non-string actions; a missing one is shown as null.
  unknownWord: (word = null) => ({ code: 'INVALID_ACTION', message: `Unknown action: '${quoted(word)}'` }),
};

/** A frame's `event` and `data`; an error has `error` instead of `data`. */
type Said = readonly [event: string, data: Payload];

const SAY: { readonly [T in ServerMessageType]: (message: ServerMessage<T>) => Said } = {
  connected: ({ userId, message }) => ['connected', { user_id: userId, message }],
  timerCreated: ({ timer, action }) => ['timer_update', { ...personalTimer(timer), action }],
  timerUpdated: ({ timer, action }) => ['timer_update', { ...personalTimer(timer), action }],
  timerDeleted: ({ timerId, revision }) => ['timer_update', { timer_id: timerId, revision, deleted: true }],
  timerList: (list) => ['timer_sync', { timers: list.timers.map(personalTimer), ...listFacts(list) }],
  // `data` consists of the room's timer only: this dialect omits the action (docs/spec/extensions.md#sockets).
  roomTimer: (message) => ['timer_update', { ...roomKey(message), ...message.timer }],
  roomSessionCompleted: (message) => [
    'timer_complete',
    {
      ...roomKey(message),
      completed_session_type: message.completedSessionType,
      next_session_type: message.nextSessionType,
      auto_start: message.autoStart,
    },
  ],
  participant: (message) => [
    'participant_update',
    {
      ...roomKey(message),
      action: message.action,
      participant: message.participant,
      participant_id: message.participant.id,
      current_count: message.currentCount,
    },
  ],
  participants: (message) => [
    'participant_list',
    { ...roomKey(message), participants: message.participants, current_count: message.currentCount },
  ],
  roomUpdated: (message) => ['room_update', { ...roomKey(message), room: message.room }],
  friendActivity: ({ friendId, displayName, action, timerId, timerTitle }) => [
    'friend_activity',
    { friend_id: friendId, display_name: displayName, action, timer_id: timerId, timer_title: timerTitle },
  ],
  authExpiring: ({ expiresAt }) => ['auth_expiring', { expires_at: expiresAt }],
  authRenewed: ({ expiresAt }) => ['auth_renewed', { expires_at: expiresAt }],
  roomJoined: ({ room, participantId }) => ['room_joined', { room, participant_id: participantId }],
  roomLeft: ({ roomId }) => ['room_left', { room_id: roomId }],
  pong: ({ serverTime, sentAt }) => ['pong', { server_time: serverTime, sent_at: sentAt }],
  error: ({ code, message }) => ['error', { code, message }],
};

/** v1's Timer with `timer_id` for `id` and its status in lower case (docs/spec/extensions.md#sockets). */
function personalTimer({ id, ...timer }: PersonalTimer): Payload {
  const { status } = timer;
  return { timer_id: id, ...timer, status: typeof status === 'string' ? status.toLowerCase() : status };
}

const say = <T extends ServerMessageType>(message: ServerMessage<T>): Said => SAY[message.type](message);

/** The dialect of {@link WORDING}. */
export const actionEvent = {
  decode: (frame: unknown, endpoint: Endpoint): ClientCommand | FrameProblem => decodeCommand(frame, endpoint, WORDING),

  encode(message: ServerMessage, { timestamp, id, changeId }: Envelope): string {
    const [event, data] = say(message);
    const facts = message.type === 'error' ? { error: data } : { data };
    return JSON.stringify({ event, ...facts, timestamp, id, change_id: changeId });
  },
};
