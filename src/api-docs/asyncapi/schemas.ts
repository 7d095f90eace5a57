import {
  always,
  answered,
  flag,
  listOf,
  nullable,
  oneOfWords,
  ref,
  type Schema,
  type Schemas,
  text,
  uuid,
  whole,
} from '../schema.js';
import { roomTimerProperties, ROOM_SCHEMAS } from '../openapi/rooms.js';
import { V1_REQUEST_SCHEMAS } from '../openapi/v1-requests.js';
import { timerProperties, V1_SCHEMAS } from '../openapi/v1-schemas.js';
import { onSockets, socketInstant } from './frame.js';

/** Schemas that both dialects share (docs/spec/sockets.md#dialects, docs/spec/extensions.md#sockets). */

const PERSONAL_ACTIONS = ['start', 'pause', 'resume', 'stop', 'cancel', 'sync', 'update'];
const ROOM_ACTIONS = ['start', 'pause', 'resume', 'reset', 'complete', 'sync'];
const SESSION = oneOfWords(['work', 'break']);

export const personalAction = (...words: readonly string[]): Schema =>
  oneOfWords(words.length > 0 ? words : PERSONAL_ACTIONS);
export const roomAction = oneOfWords(ROOM_ACTIONS);

const none: Schema = { type: 'null', description: 'Only REST says it.' };
const timer: Schemas = { ...timerProperties(socketInstant), schedule: none, todo: none };
const timerWithoutId = Object.fromEntries(Object.entries(timer).filter(([key]) => key !== 'id'));
const lower = oneOfWords(['running', 'paused', 'completed', 'cancelled']);

const person = answered({ id: text('Public; differs from the user id.'), name: text() });

export const SOCKET_SCHEMAS: Schemas = {
  Timer: answered(timer, { description: 'A timer of a user.' }),
  PauseEvent: onSockets(V1_SCHEMAS['PauseEvent'] ?? {}),
  Tag: onSockets(V1_SCHEMAS['Tag'] ?? {}),
  Room: onSockets(ROOM_SCHEMAS['Room'] ?? {}),
  RoomState: onSockets(ROOM_SCHEMAS['RoomState'] ?? {}),
  NewTimer: V1_REQUEST_SCHEMAS['NewTimer'] ?? {},
  RoomTimer: answered(
    { room_id: uuid(), ...roomTimerProperties(socketInstant, ['IDLE', 'RUNNING', 'PAUSED']) },
    { description: 'A room’s timer in type/payload.' },
  ),
  MemberRoomState: answered(
    { room_id: uuid(), ...roomTimerProperties(socketInstant, ['idle', 'running', 'paused']) },
    { description: 'A room’s timer in action/event, with the room’s id.' },
  ),
  ActionEventTimer: answered(
    { timer_id: uuid(), ...timerWithoutId, status: lower },
    { description: 'A personal timer in action/event: `timer_id` for `id`, its status in lower case.' },
  ),
  TimerUpdate: answered(
    { timer_id: uuid(), ...timerWithoutId, status: lower, action: personalAction() },
    { description: 'A personal timer in action/event, with the action.' },
  ),
  RoomParticipant: person,
  FriendActivity: answered({
    friend_id: text(),
    display_name: nullable(text()),
    action: personalAction('start', 'pause', 'resume', 'stop', 'cancel'),
    timer_id: uuid(),
    timer_title: nullable(text('Also null if the friend shares no titles.')),
  }),
};

const roomId = { room_id: uuid('The room’s id; on personal sockets only.') };

/** A payload about a room; on a personal socket it carries the room's id. */
export const ofRoom = (endpoint: 'personal' | 'room', properties: Schemas, optional: readonly string[] = []): Schema =>
  answered(endpoint === 'personal' ? { ...roomId, ...properties } : properties, { optional });

export const sessionCompleted: Schemas = {
  completed_session_type: SESSION,
  next_session_type: SESSION,
  auto_start: flag('The next session has started.'),
};

export const people: Schemas = {
  participants: listOf(ref('RoomParticipant')),
  current_count: whole(undefined, { minimum: 0 }),
};

export const participantChanged: Schemas = {
  action: oneOfWords(['joined', 'left']),
  participant: ref('RoomParticipant'),
  current_count: whole('Counts people, not connections.', { minimum: 0 }),
};

/**
 * A list of timers. A reply to `since` has a new mark, and `resync` when the log does not reach back to the old one.
 */
export const timerList = (item: Schema, { truncated }: { truncated: boolean }): Schema =>
  answered(
    {
      timers: listOf(item, { maxItems: 200 }),
      count: whole(undefined, { minimum: 0 }),
      ...(truncated ? { truncated: always(true, 'There are more timers; `GET /v1/timers` lists all.') } : {}),
      change_id: text('After `since`: the new mark.', { maxLength: 256 }),
      resync: always(true, 'The missed changes are no longer available: replace the state by this list.'),
    },
    { optional: ['truncated', 'change_id', 'resync'] },
  );

export const pong = answered(
  {
    server_time: whole('Unix milliseconds.'),
    sent_at: { type: ['string', 'number'], description: 'As in the ping.', maxLength: 256 },
  },
  { optional: ['sent_at'] },
);

export const expires = answered({ expires_at: socketInstant('When the connection closes.') });

const ROOM_CODES = [
  'ROOM_NOT_FOUND',
  'TIMER_ALREADY_RUNNING',
  'TIMER_NOT_RUNNING',
  'TIMER_HISTORY_FULL',
  'MAX_PARTICIPANTS_REACHED',
  'FORBIDDEN',
  'VALIDATION_ERROR',
];

const UNREADABLE = ['INVALID_MESSAGE', 'UNKNOWN_TYPE', 'VALIDATION_ERROR', 'INVALID_ACTION'];
const KEYS = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE'];

const CODES = {
  personal: [
    'CREATE_FAILED',
    'PAUSE_FAILED',
    'RESUME_FAILED',
    'STOP_FAILED',
    'CANCEL_FAILED',
    'SYNC_FAILED',
    'RATE_LIMIT_EXCEEDED',
    'HANDLER_ERROR',
  ],
  room: ['RATE_LIMITED', 'INTERNAL_ERROR'],
};

/** An error. Codes depend on the endpoint, except those for invalid frames. */
export const socketError = (endpoint: 'personal' | 'room'): Schema =>
  answered({
    code: oneOfWords([...new Set([...UNREADABLE, ...CODES[endpoint], ...ROOM_CODES, ...KEYS, 'SERVICE_UNAVAILABLE'])]),
    message: text(),
  });
