import { nullable, oneOfWords, ref, sent, text } from '../schema.js';
import { action, type CommandContent, typed, type Dialect, type Endpoint, type Frame } from './frame.js';
import { SAMPLES } from './samples.js';

/** Client messages (docs/spec/sockets.md#dialects). */

const timerId = text('A timer of the user.', { maxLength: 64 });
const roomId = text('A room that this connection has joined.');
const session = nullable(oneOfWords(['work', 'break'], 'Defaults to `work`.'));
const since = {
  description:
    'A `change_id`: the reply is the frames missed since, then a list. An unknown one is answered with `resync`.',
};

const OWN: CommandContent = {
  schema: sent({ timer_id: timerId }, ['timer_id']),
  example: SAMPLES.timerId,
  keyed: true,
};
const NOTHING: CommandContent = { schema: sent({}), keyed: true };
const IN_ROOM: CommandContent = {
  schema: sent({ room_id: roomId }, ['room_id']),
  example: SAMPLES.roomId,
  keyed: true,
};

const START_IN_ROOM: CommandContent = {
  schema: sent({ room_id: roomId, session_type: session }, ['room_id']),
  example: { ...SAMPLES.roomId, session_type: 'work' },
  keyed: true,
};
const START: CommandContent = {
  schema: sent({ session_type: session }),
  example: { session_type: 'work' },
  keyed: true,
  beside: { session_type: session },
};
const CREATE: CommandContent = { schema: ref('NewTimer'), example: SAMPLES.newTimer, keyed: true };
const PERSONAL_SYNC: CommandContent = {
  schema: sent({
    timer_id: nullable(timerId),
    scope: nullable(oneOfWords(['active', 'all', 'shared'], undefined, { default: 'active' })),
    since,
  }),
  example: { scope: 'active' },
};
const ROOM_SYNC: CommandContent = { schema: sent({ since }), example: {} };
const JOIN: CommandContent = {
  schema: sent({ room_id: text(), name: nullable(text('The name that other participants see.', { maxLength: 50 })) }, [
    'room_id',
  ]),
  example: { ...SAMPLES.roomId, name: 'Alice' },
};
const LEAVE: CommandContent = { schema: sent({ room_id: roomId }, ['room_id']), example: SAMPLES.roomId };
const PING: CommandContent = {
  schema: sent({ sent_at: { description: 'Echoed if it is a text or a number.', maxLength: 256 } }),
  example: { sent_at: 1_769_594_400_100 },
};
const RENEW: CommandContent = {
  schema: sent({ token: text('Another access token of the same user.') }, ['token']),
  example: { token: SAMPLES.token },
};

/** A command about a room that shares its type with a personal one. */
const inRoom = (content: CommandContent, name: string): CommandContent => ({ ...content, name });

const COMMANDS = {
  'type-payload': {
    personal: [
      typed('timer.create', 'Start a timer', CREATE),
      typed('timer.pause', 'Pause a timer', OWN),
      typed('timer.resume', 'Resume a timer', OWN),
      typed('timer.stop', 'Stop a timer', OWN),
      typed('timer.cancel', 'Cancel a timer', OWN),
      typed('timer.sync', 'Request timers', PERSONAL_SYNC),
      typed(
        'room.join',
        'Join a room for the lifetime of this connection: the reply is `room.joined`, then come its `timer.updated`, `room.participants` and `room.participant`, each with a `room_id`',
        JOIN,
      ),
      typed('room.leave', 'Leave a room', LEAVE),
      typed('timer.start', 'Start a session in a room', START_IN_ROOM),
      typed('timer.pause', 'Pause a room’s session', inRoom(IN_ROOM, 'timer.pause.room')),
      typed('timer.resume', 'Resume a room’s session', inRoom(IN_ROOM, 'timer.resume.room')),
      typed('timer.reset', 'Reset a room’s timer', IN_ROOM),
      typed('ping', 'Test the connection', PING),
      typed('auth.renew', 'Extend the connection with a new token', RENEW),
    ],
    room: [
      typed('timer.start', 'Start a session', START),
      typed('timer.pause', 'Pause the session', NOTHING),
      typed('timer.resume', 'Resume the session', NOTHING),
      typed('timer.reset', 'Reset the timer', NOTHING),
      typed('timer.sync', 'Request the timer', ROOM_SYNC),
      typed('ping', 'Test the connection', PING),
      typed('auth.renew', 'Extend the connection with a new token', RENEW),
    ],
  },
  'action-event': {
    personal: [
      action('start_timer', 'Start a timer', CREATE),
      action('pause_timer', 'Pause a timer', OWN),
      action('resume_timer', 'Resume a timer', OWN),
      action('stop_timer', 'Stop a timer', OWN),
      action('cancel_timer', 'Cancel a timer', OWN),
      action('sync_timer', 'Request timers', PERSONAL_SYNC),
      action(
        'join_room',
        'Join a room for the lifetime of this connection: the reply is `room_joined`, then come its `timer_update`, `participant_list` and `participant_update`, each with a `room_id`',
        JOIN,
      ),
      action('leave_room', 'Leave a room', LEAVE),
      action('start_timer', 'Start a session in a room', inRoom(START_IN_ROOM, 'start_timer.room')),
      action('pause_timer', 'Pause a room’s session', inRoom(IN_ROOM, 'pause_timer.room')),
      action('resume_timer', 'Resume a room’s session', inRoom(IN_ROOM, 'resume_timer.room')),
      action('reset_timer', 'Reset a room’s timer', IN_ROOM),
      action('ping', 'Test the connection', PING),
      action('renew_auth', 'Extend the connection with a new token', RENEW),
    ],
    room: [
      action('start_timer', 'Start a session', START),
      action('pause_timer', 'Pause the session', NOTHING),
      action('resume_timer', 'Resume the session', NOTHING),
      action('reset_timer', 'Reset the timer', NOTHING),
      action('sync_timer', 'Request the timer', ROOM_SYNC),
      action('ping', 'Test the connection', PING),
      action('renew_auth', 'Extend the connection with a new token', RENEW),
    ],
  },
} as const satisfies Record<Dialect, Record<Endpoint, readonly Frame[]>>;

/** The frames that clients send on an endpoint in a dialect. */
export const commandsOf = (endpoint: Endpoint, dialect: Dialect): readonly Frame[] => COMMANDS[dialect][endpoint];
