import { always, answered, ref, text, uuid, whole } from '../schema.js';
import { errorEvent, event, type Dialect, type Endpoint, type Frame, message } from './frame.js';
import { SAMPLES } from './samples.js';
import {
  expires,
  ofRoom,
  people,
  personalAction,
  participantChanged,
  pong,
  roomAction,
  sessionCompleted,
  socketError,
  timerList,
} from './schemas.js';

/** Server messages (docs/spec/sockets.md#dialects). */

const connected = { schema: answered({ user_id: text(), message: text() }), example: SAMPLES.connected };
const activity = { schema: ref('FriendActivity'), example: SAMPLES.activity };
const pongs = { schema: pong, example: SAMPLES.pong };
const expiry = { schema: expires, example: SAMPLES.expires };
const left = { schema: answered({ room_id: uuid() }), example: SAMPLES.roomId };
const joined = {
  schema: answered({ room: ref('Room'), participant_id: text() }),
  example: { room: SAMPLES.room, participant_id: SAMPLES.participant.id },
};

const ROOM_FRAME = { at: SAMPLES.roomAt };
const idOn = (endpoint: Endpoint) => (endpoint === 'personal' ? SAMPLES.roomId : {});
const list = (endpoint: Endpoint, item: unknown) => ({ ...idOn(endpoint), ...(item as object) });

const over = (endpoint: Endpoint) => ({
  schema: ofRoom(endpoint, sessionCompleted),
  example: list(endpoint, SAMPLES.completed),
  ...ROOM_FRAME,
});
const present = (endpoint: Endpoint) => ({
  schema: ofRoom(endpoint, people),
  example: list(endpoint, { participants: [SAMPLES.participant], current_count: 1 }),
  ...ROOM_FRAME,
});
const moved = (endpoint: Endpoint, { withId }: { withId: boolean }) => ({
  schema: ofRoom(endpoint, { ...participantChanged, ...(withId ? { participant_id: text() } : {}) }),
  example: list(endpoint, {
    action: 'joined',
    participant: SAMPLES.participant,
    ...(withId ? { participant_id: SAMPLES.participant.id } : {}),
    current_count: 4,
  }),
  ...ROOM_FRAME,
});
const settings = (endpoint: Endpoint) => ({
  schema: ofRoom(endpoint, { room: ref('Room') }),
  example: list(endpoint, { room: SAMPLES.room }),
  ...ROOM_FRAME,
});
const failed = (endpoint: Endpoint) => ({
  schema: socketError(endpoint),
  example:
    endpoint === 'personal'
      ? { code: 'PAUSE_FAILED', message: 'Cannot pause timer with status completed' }
      : { code: 'TIMER_NOT_RUNNING', message: 'Timer is not running in this room' },
});

const ANSWER = { answers: true } as const;
const CHANGE = { answers: true, change: 'mostly', fromUser: true } as const;
const STEP = { answers: true, change: 'mostly' } as const;

/** Messages of both endpoints in type/payload; on a personal socket, those about a room carry its id. */
const typePayloadOf = (endpoint: Endpoint): Frame[] => [
  message(
    'timer.updated',
    'The room’s current timer',
    {
      schema: ofRoom(endpoint, { timer: ref('RoomTimer'), action: roomAction }),
      example: list(endpoint, { timer: SAMPLES.roomTimer, action: 'start' }),
      ...ROOM_FRAME,
    },
    { ...STEP, ...(endpoint === 'personal' ? { name: 'timer.updated.room' } : {}) },
  ),
  message('timer.completed', 'A room’s session reached its target', over(endpoint), { change: 'always' }),
  message('room.participant', 'A participant joined or left', moved(endpoint, { withId: false })),
  message('room.participants', 'The participants, sent to a new connection', present(endpoint)),
  message('room.updated', 'The room’s settings changed', settings(endpoint), { change: 'always' }),
  message('pong', 'The reply to a ping', pongs, ANSWER),
  message('auth.expiring', 'The connection ends in 60 seconds', expiry),
  message('auth.renewed', 'The connection was extended', expiry, ANSWER),
  message('error', 'A command was refused, or a frame is invalid', failed(endpoint), ANSWER),
];

const actionEventOf = (endpoint: Endpoint): Frame[] => [
  event(
    'timer_update',
    'The room’s current timer',
    endpoint === 'personal'
      ? {
          schema: ref('MemberRoomState'),
          example: { ...SAMPLES.roomId, ...SAMPLES.roomState },
          ...ROOM_FRAME,
        }
      : { schema: ref('RoomState'), example: SAMPLES.roomState, ...ROOM_FRAME },
    { ...STEP, ...(endpoint === 'personal' ? { name: 'timer_update.room' } : {}) },
  ),
  event('timer_complete', 'A room’s session reached its target', over(endpoint), { change: 'always' }),
  event('participant_update', 'A participant joined or left', moved(endpoint, { withId: true })),
  event('participant_list', 'The participants, sent to a new connection', present(endpoint)),
  event('room_update', 'The room’s settings changed', settings(endpoint), { change: 'always' }),
  event('pong', 'The reply to a ping', pongs, ANSWER),
  event('auth_expiring', 'The connection ends in 60 seconds', expiry),
  event('auth_renewed', 'The connection was extended', expiry, ANSWER),
  errorEvent('A command was refused, or a frame is invalid', failed(endpoint)),
];

const timerWith = (...words: readonly string[]) => answered({ timer: ref('Timer'), action: personalAction(...words) });
const gone = { timer_id: uuid(), revision: whole(undefined, { minimum: 1 }) };

const MESSAGES = {
  'type-payload': {
    personal: [
      message('connected', 'The socket is open', connected, { change: 'always' }),
      message(
        'timer.sync_result',
        'Timers, newest first: the user’s running and paused ones on connecting, later as requested',
        { schema: timerList(ref('Timer'), { truncated: true }), example: SAMPLES.list },
        { answers: true, fromUser: true },
      ),
      message(
        'timer.created',
        'A timer of the user was started or added',
        { schema: timerWith('start', 'update'), example: SAMPLES.created },
        { answers: true, change: 'always', fromUser: true },
      ),
      message('timer.updated', 'A timer changed', { schema: timerWith(), example: SAMPLES.updated }, CHANGE),
      message(
        'timer.deleted',
        'A timer was deleted or is no longer readable',
        { schema: answered(gone), example: SAMPLES.deleted },
        { change: 'mostly', fromUser: true },
      ),
      message('timer.friend_activity', 'A friend’s activity', activity, { fromUser: true }),
      message('room.joined', 'The room was joined', joined, ANSWER),
      message('room.left', 'The room was left', left, ANSWER),
      ...typePayloadOf('personal'),
    ],
    room: [
      message(
        'timer.sync_result',
        'The reply to `since`: the room’s timer',
        {
          schema: timerList(ref('RoomTimer'), { truncated: false }),
          example: { timers: [SAMPLES.roomTimer], count: 1, change_id: 'MTczOC4xNzY5NTk0NDAw' },
          ...ROOM_FRAME,
        },
        ANSWER,
      ),
      ...typePayloadOf('room'),
    ],
  },
  'action-event': {
    personal: [
      event('connected', 'The socket is open', connected, { change: 'always' }),
      event(
        'timer_sync',
        'Timers, newest first: the user’s running and paused ones on connecting, later as requested',
        {
          schema: timerList(ref('ActionEventTimer'), { truncated: true }),
          example: { timers: [SAMPLES.actionEventTimer], count: 1 },
        },
        ANSWER,
      ),
      event(
        'timer_update',
        'A timer was started or changed',
        { schema: ref('TimerUpdate'), example: { ...SAMPLES.actionEventTimer, action: 'pause' } },
        STEP,
      ),
      event(
        'timer_update',
        'A timer was deleted or is no longer readable',
        { schema: answered({ ...gone, deleted: always(true) }), example: { ...SAMPLES.deleted, deleted: true } },
        { change: 'mostly', name: 'timer_update.deleted' },
      ),
      event('friend_activity', 'A friend’s activity', activity),
      event('room_joined', 'The room was joined', joined, ANSWER),
      event('room_left', 'The room was left', left, ANSWER),
      ...actionEventOf('personal'),
    ],
    room: [
      event(
        'timer_sync',
        'The reply to `since`: the room’s timer',
        {
          schema: timerList(ref('MemberRoomState'), { truncated: false }),
          example: {
            timers: [{ ...SAMPLES.roomId, ...SAMPLES.roomState }],
            count: 1,
            change_id: 'MTczOC4xNzY5NTk0NDAw',
          },
          ...ROOM_FRAME,
        },
        ANSWER,
      ),
      ...actionEventOf('room'),
    ],
  },
} as const satisfies Record<Dialect, Record<Endpoint, readonly Frame[]>>;

/** The frames that the server sends on an endpoint in a dialect. */
export const messagesOf = (endpoint: Endpoint, dialect: Dialect): readonly Frame[] => MESSAGES[dialect][endpoint];
