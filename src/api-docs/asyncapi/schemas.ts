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

/** What frames are about, shared by both dialects (contracts/realtime.md, extensions.md "Sockets"). */

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

const person = answered({ id: text('Public; never a user id.'), name: text() });

export const SOCKET_SCHEMAS: Schemas = {
  Timer: answered(timer, { description: 'A timer of a person.' }),
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
    { description: 'A room’s timer in action/event, where it has to say which room.' },
  ),
  ActionEventTimer: answered(
    { timer_id: uuid(), ...timerWithoutId, status: lower },
    { description: 'A personal timer in action/event: `timer_id` for `id`, its status in lower case.' },
  ),
  TimerUpdate: answered(
    { timer_id: uuid(), ...timerWithoutId, status: lower, action: personalAction() },
    { description: 'A personal timer in action/event, and what was done to it.' },
  ),
  RoomParticipant: person,
  FriendActivity: answered({
    friend_id: text(),
    display_name: nullable(text()),
    action: personalAction('start', 'pause', 'resume', 'stop', 'cancel'),
    timer_id: uuid(),
    timer_title: nullable(text('Null also when the friend shares no titles.')),
  }),
};

const roomId = { room_id: uuid('On a personal socket: which room.') };

/** What is about a room: on a personal socket it says which. */
export const ofRoom = (endpoint: 'personal' | 'room', properties: Schemas, optional: readonly string[] = []): Schema =>
  answered(endpoint === 'personal' ? { ...roomId, ...properties } : properties, { optional });

export const sessionOver: Schemas = {
  completed_session_type: SESSION,
  next_session_type: SESSION,
  auto_start: flag('The next one has begun.'),
};

export const people: Schemas = {
  participants: listOf(ref('RoomParticipant')),
  current_count: whole(undefined, { minimum: 0 }),
};

export const personMoved: Schemas = {
  action: oneOfWords(['joined', 'left']),
  participant: ref('RoomParticipant'),
  current_count: whole('People, not tabs.', { minimum: 0 }),
};

/** A list of timers; `since` is answered with a new mark, and with `resync` when the log does not reach back. */
export const timerList = (item: Schema, { truncated }: { truncated: boolean }): Schema =>
  answered(
    {
      timers: listOf(item, { maxItems: 200 }),
      count: whole(undefined, { minimum: 0 }),
      ...(truncated ? { truncated: always(true, 'There are more; `GET /v1/timers` pages through them.') } : {}),
      change_id: text('After `since`: the new mark.', { maxLength: 256 }),
      resync: always(true, 'What was missed is not known any more: the list is all there is to go by.'),
    },
    { optional: ['truncated', 'change_id', 'resync'] },
  );

export const pong = answered(
  {
    server_time: whole('Unix milliseconds.'),
    sent_at: { type: ['string', 'number'], description: 'As the ping had it.', maxLength: 256 },
  },
  { optional: ['sent_at'] },
);

export const expires = answered({ expires_at: socketInstant('When the connection ends.') });

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

/** What went wrong: codes belong to the endpoint, but for frames that cannot be read. */
export const socketError = (endpoint: 'personal' | 'room'): Schema =>
  answered({
    code: oneOfWords([...new Set([...UNREADABLE, ...CODES[endpoint], ...ROOM_CODES, ...KEYS, 'SERVICE_UNAVAILABLE'])]),
    message: text(),
  });
