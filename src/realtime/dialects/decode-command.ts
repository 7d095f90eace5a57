import { codePoints } from '../../common/validation/rules.js';
import {
  asCorrelationId,
  type ClientCommand,
  type ConnectionCommand,
  type CorrelationId,
  type Dialect,
  type Endpoint,
  type FrameProblem,
  type Payload,
  type RoomVerb,
  type TimerCommand,
  type UserVerb,
} from '../messages.js';

/** The command that a word stands for, by target. A word without a meaning for the target is unknown there. */
export interface Meaning {
  /** For the user's own timers, on the personal socket. */
  readonly user?: UserVerb;
  /** For a room's timer: on the room's socket, or on the personal one with `room_id`. */
  readonly room?: RoomVerb;
  /** For the connection itself, on the sockets in `endpoints`. */
  readonly connection?: ConnectionCommand['type'];
  readonly endpoints?: readonly Endpoint[];
}

const onBoth = (connection: ConnectionCommand['type']): Meaning => ({ connection, endpoints: ['personal', 'room'] });
const onPersonal = (connection: ConnectionCommand['type']): Meaning => ({ connection, endpoints: ['personal'] });

/** The client commands of the vocabulary table (docs/spec/sockets.md#dialects). */
export const MEANINGS = {
  start: { user: 'start', room: 'start' },
  startOwn: { user: 'start' },
  startRoom: { room: 'start' },
  pause: { user: 'pause', room: 'pause' },
  resume: { user: 'resume', room: 'resume' },
  stop: { user: 'stop' },
  cancel: { user: 'cancel' },
  reset: { room: 'reset' },
  sync: onBoth('sync'),
  ping: onBoth('ping'),
  renewAuth: onBoth('renewAuth'),
  joinRoom: onPersonal('joinRoom'),
  leaveRoom: onPersonal('leaveRoom'),
} as const satisfies Record<string, Meaning>;

/** A dialect's notation of commands, and its wording of problems with a frame. */
export interface CommandWording {
  readonly dialect: Dialect;
  /** The keys of the command's word and of its payload. */
  readonly wordKey: 'type' | 'action';
  readonly payloadKey: 'payload' | 'data';
  /** Keyed by `unknown`, because a client may send any JSON value as the word. */
  readonly words: ReadonlyMap<unknown, Meaning>;
  readonly unreadable: Extract<FrameProblem['code'], 'INVALID_MESSAGE' | 'VALIDATION_ERROR'>;
  /** The problem with an unknown word, or with a missing one (undefined). */
  unknownWord(word: unknown): Pick<FrameProblem, 'code' | 'message'>;
}

/** The message for a frame that is no JSON object (docs/spec/sockets.md#the-personal-socket). */
export const NOT_AN_OBJECT = 'Message is not a JSON object';

/** Replaces the value of a frame that was not parsed because it has too many keys or items. */
export const TOO_MANY_MEMBERS = Symbol('too many keys or items');

/**
 * Maximum length in characters of the values that are echoed to the client: `id` and `sent_at`
 * (docs/spec/sockets.md#dialects).
 */
const MAX_ECHOED = 256;

/** Decodes a frame in this dialect for this kind of socket. A problem has the frame's `id`, if there is one. */
export function decodeCommand(
  frame: unknown,
  endpoint: Endpoint,
  wording: CommandWording,
): ClientCommand | FrameProblem {
  const { dialect, unreadable } = wording;
  if (!isObject(frame)) return { type: 'problem', code: unreadable, message: noFrame(frame), dialect };
  if (isTooLong(frame['id'])) return { type: 'problem', code: unreadable, message: tooLong('id'), dialect };
  const id = idOf(frame);
  const asked = readFrameKeys(frame, endpoint, wording);
  if ('code' in asked) return { type: 'problem', ...asked, dialect, ...id };
  return { ...asked, dialect, ...id, ...idempotencyKeyOf(frame) };
}

const noFrame = (value: unknown): string =>
  value === TOO_MANY_MEMBERS ? 'Message has too many keys or items' : NOT_AN_OBJECT;

/**
 * Limits echoed values, which stay in memory while the peer does not read. Code points are counted only if necessary.
 */
const isTooLong = (value: unknown): boolean =>
  typeof value === 'string' && value.length > MAX_ECHOED && codePoints(value) > MAX_ECHOED;

const tooLong = (key: string): string => `${key} must have at most ${MAX_ECHOED} characters`;

type Asked = (TimerCommand | ConnectionCommand) & { readonly payload: Payload };

function readFrameKeys(
  frame: Payload,
  endpoint: Endpoint,
  wording: CommandWording,
): Asked | Pick<FrameProblem, 'code' | 'message'> {
  const word = frame[wording.wordKey];
  const meaning = wording.words.get(word);
  if (meaning === undefined) return wording.unknownWord(word);
  const payload = Object.hasOwn(frame, wording.payloadKey) ? frame[wording.payloadKey] : {};
  if (!isObject(payload)) return { code: wording.unreadable, message: `${wording.payloadKey} must be an object` };
  const command = meant(meaning, endpoint, payload);
  if (command === undefined) return wording.unknownWord(word);
  if (command.type === 'ping' && isTooLong(payload['sent_at'])) {
    return { code: wording.unreadable, message: tooLong('sent_at') };
  }
  return { ...command, payload: withSessionType(command, payload, frame) };
}

function meant(meaning: Meaning, endpoint: Endpoint, payload: Payload): TimerCommand | ConnectionCommand | undefined {
  if (meaning.connection) {
    return meaning.endpoints?.includes(endpoint) ? { type: meaning.connection } : undefined;
  }
  if (endpoint === 'room' || (meaning.room && namesRoom(payload))) {
    return meaning.room && { type: meaning.room, owner: 'room' };
  }
  // A word that rooms do not have is personal whatever `room_id` says: unknown keys are ignored.
  return meaning.user && { type: meaning.user, owner: 'user' };
}

/** Null counts as absent, because typed clients send it for omitted values. The endpoint refuses a malformed id. */
const namesRoom = (payload: Payload): boolean => (payload['room_id'] ?? null) !== null;

/**
 * A room's start accepts `session_type` outside the payload too (docs/spec/rooms.md#socket); the payload's takes
 * precedence.
 */
function withSessionType(command: TimerCommand | ConnectionCommand, payload: Payload, frame: Payload): Payload {
  const starts = command.type === 'start' && command.owner === 'room';
  if (!starts || Object.hasOwn(payload, 'session_type') || !Object.hasOwn(frame, 'session_type')) return payload;
  return { ...payload, session_type: frame['session_type'] };
}

function idOf(frame: Payload): { id?: CorrelationId } {
  const id = asCorrelationId(frame['id']);
  return id === undefined ? {} : { id };
}

function idempotencyKeyOf(frame: Payload): { idempotencyKey?: unknown } {
  const key = frame['idempotency_key'] ?? null;
  return key === null ? {} : { idempotencyKey: key };
}

/** Whether the value is a JSON object, neither an array nor null. */
export function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
