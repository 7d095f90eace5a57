import { nullable, oneOfWords, ref, sent, text } from '../schema.js';
import { action, type Ask, asks, type Dialect, type Endpoint, type Frame } from './frame.js';
import { SAMPLES } from './samples.js';

/** What clients say (contracts/realtime.md, the vocabulary table). */

const timerId = text('One’s own timer.', { maxLength: 64 });
const roomId = text('A room that one has entered.');
const session = nullable(oneOfWords(['work', 'break'], 'Work when it is not said.'));
const since = {
  description: 'A `change_id`: the frames missed since, then a list. What is none is answered with `resync`.',
};

const OWN: Ask = { schema: sent({ timer_id: timerId }, ['timer_id']), example: SAMPLES.timerId, keyed: true };
const NOTHING: Ask = { schema: sent({}), keyed: true };
const IN_ROOM: Ask = { schema: sent({ room_id: roomId }, ['room_id']), example: SAMPLES.roomId, keyed: true };

const START_IN_ROOM: Ask = {
  schema: sent({ room_id: roomId, session_type: session }, ['room_id']),
  example: { ...SAMPLES.roomId, session_type: 'work' },
  keyed: true,
};
const START: Ask = {
  schema: sent({ session_type: session }),
  example: { session_type: 'work' },
  keyed: true,
  beside: { session_type: session },
};
const CREATE: Ask = { schema: ref('NewTimer'), example: SAMPLES.newTimer, keyed: true };
const PERSONAL_SYNC: Ask = {
  schema: sent({
    timer_id: nullable(timerId),
    scope: nullable(oneOfWords(['active', 'all', 'shared'], undefined, { default: 'active' })),
    since,
  }),
  example: { scope: 'active' },
};
const ROOM_SYNC: Ask = { schema: sent({ since }), example: {} };
const JOIN: Ask = {
  schema: sent({ room_id: text(), name: nullable(text('As others see one.', { maxLength: 50 })) }, ['room_id']),
  example: { ...SAMPLES.roomId, name: 'Alice' },
};
const LEAVE: Ask = { schema: sent({ room_id: roomId }, ['room_id']), example: SAMPLES.roomId };
const PING: Ask = {
  schema: sent({ sent_at: { description: 'Echoed when it is text or a number.', maxLength: 256 } }),
  example: { sent_at: 1_769_594_400_100 },
};
const RENEW: Ask = {
  schema: sent({ token: text('Another access token of the same person.') }, ['token']),
  example: { token: SAMPLES.token },
};

/** In a room's own words another message of the same name. */
const inRoom = (ask: Ask, name: string): Ask => ({ ...ask, name });

const COMMANDS = {
  'type-payload': {
    personal: [
      asks('timer.create', 'Start a timer', CREATE),
      asks('timer.pause', 'Pause a timer', OWN),
      asks('timer.resume', 'Resume a timer', OWN),
      asks('timer.stop', 'Stop a timer', OWN),
      asks('timer.cancel', 'Cancel a timer', OWN),
      asks('timer.sync', 'Ask for timers', PERSONAL_SYNC),
      asks(
        'room.join',
        'Enter a room, for as long as this connection lasts: `room.joined` answers, then its `timer.updated`, `room.participants` and `room.participant`, each with a `room_id`',
        JOIN,
      ),
      asks('room.leave', 'Leave it', LEAVE),
      asks('timer.start', 'Start a session in a room', START_IN_ROOM),
      asks('timer.pause', 'Pause a room’s session', inRoom(IN_ROOM, 'timer.pause.room')),
      asks('timer.resume', 'Resume a room’s session', inRoom(IN_ROOM, 'timer.resume.room')),
      asks('timer.reset', 'Reset a room’s timer', IN_ROOM),
      asks('ping', 'Are you there', PING),
      asks('auth.renew', 'Lengthen the connection', RENEW),
    ],
    room: [
      asks('timer.start', 'Start a session', START),
      asks('timer.pause', 'Pause it', NOTHING),
      asks('timer.resume', 'Resume it', NOTHING),
      asks('timer.reset', 'Reset the timer', NOTHING),
      asks('timer.sync', 'Ask for the timer', ROOM_SYNC),
      asks('ping', 'Are you there', PING),
      asks('auth.renew', 'Lengthen the connection', RENEW),
    ],
  },
  'action-event': {
    personal: [
      action('start_timer', 'Start a timer', CREATE),
      action('pause_timer', 'Pause a timer', OWN),
      action('resume_timer', 'Resume a timer', OWN),
      action('stop_timer', 'Stop a timer', OWN),
      action('cancel_timer', 'Cancel a timer', OWN),
      action('sync_timer', 'Ask for timers', PERSONAL_SYNC),
      action(
        'join_room',
        'Enter a room, for as long as this connection lasts: `room_joined` answers, then its `timer_update`, `participant_list` and `participant_update`, each with a `room_id`',
        JOIN,
      ),
      action('leave_room', 'Leave it', LEAVE),
      action('start_timer', 'Start a session in a room', inRoom(START_IN_ROOM, 'start_timer.room')),
      action('pause_timer', 'Pause a room’s session', inRoom(IN_ROOM, 'pause_timer.room')),
      action('resume_timer', 'Resume a room’s session', inRoom(IN_ROOM, 'resume_timer.room')),
      action('reset_timer', 'Reset a room’s timer', IN_ROOM),
      action('ping', 'Are you there', PING),
      action('renew_auth', 'Lengthen the connection', RENEW),
    ],
    room: [
      action('start_timer', 'Start a session', START),
      action('pause_timer', 'Pause it', NOTHING),
      action('resume_timer', 'Resume it', NOTHING),
      action('reset_timer', 'Reset the timer', NOTHING),
      action('sync_timer', 'Ask for the timer', ROOM_SYNC),
      action('ping', 'Are you there', PING),
      action('renew_auth', 'Lengthen the connection', RENEW),
    ],
  },
} as const satisfies Record<Dialect, Record<Endpoint, readonly Frame[]>>;

/** The frames that clients send on an endpoint in a dialect. */
export const commandsOf = (endpoint: Endpoint, dialect: Dialect): readonly Frame[] => COMMANDS[dialect][endpoint];
