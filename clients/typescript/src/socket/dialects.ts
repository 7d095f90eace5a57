import { asObject, type Json, parsed } from '../json.js';
import type { Command, CommandType, Dialect, ServerMessage, ServerMessageType } from './messages.js';

/** Names of client commands in action/event (docs/spec/sockets.md#dialects). */
const ACTIONS: Readonly<Record<CommandType, string>> = {
  'timer.create': 'start_timer',
  'timer.start': 'start_timer',
  'timer.pause': 'pause_timer',
  'timer.resume': 'resume_timer',
  'timer.stop': 'stop_timer',
  'timer.cancel': 'cancel_timer',
  'timer.reset': 'reset_timer',
  'timer.sync': 'sync_timer',
  'room.join': 'join_room',
  'room.leave': 'leave_room',
  ping: 'ping',
  'auth.renew': 'renew_auth',
};

/** Names of server messages; `timer_update` has several meanings, which its data distinguishes. */
const EVENTS: Readonly<Record<string, ServerMessageType>> = {
  timer_sync: 'timer.sync_result',
  timer_complete: 'timer.completed',
  participant_update: 'room.participant',
  participant_list: 'room.participants',
  room_update: 'room.updated',
  room_joined: 'room.joined',
  room_left: 'room.left',
  friend_activity: 'timer.friend_activity',
  auth_expiring: 'auth.expiring',
  auth_renewed: 'auth.renewed',
};

/** Encodes a command as a frame. */
export function encode({ type, payload, id, idempotencyKey }: Command, dialect: Dialect): string {
  const said = dialect === 'type-payload' ? { type, payload } : { action: ACTIONS[type], data: payload };
  return JSON.stringify({ ...said, id, idempotency_key: idempotencyKey });
}

/** Decodes a frame of either dialect. @returns undefined for an invalid frame; listeners ignore unknown types */
export function decode(text: unknown): ServerMessage | undefined {
  const { event, type, error, data, payload, ...envelope } = asObject(parsed(String(text)));
  if (typeof event === 'string') return { ...envelope, ...fromEvent(event, asObject(error ?? data)) } as ServerMessage;
  if (typeof type === 'string') return { ...envelope, ...fromType(type, asObject(payload)) } as ServerMessage;
  return undefined;
}

interface DecodedMessage {
  readonly type: string;
  readonly payload: Json;
}

function fromType(type: string, payload: Json): DecodedMessage {
  const timer = payload['timer'];
  if (type === 'timer.updated' && isRoomTimer(timer)) return roomTimer(timer);
  return { type, payload };
}

function fromEvent(event: string, data: Json): DecodedMessage {
  if (event === 'timer_update') return fromTimerUpdate(data);
  const timers = data['timers'];
  const payload = Array.isArray(timers) ? { ...data, timers: timers.map((timer: Json) => personalTimer(timer)) } : data;
  return { type: EVENTS[event] ?? event, payload };
}

function fromTimerUpdate({ action, ...data }: Json): DecodedMessage {
  if (data['deleted'] === true) return { type: 'timer.deleted', payload: data };
  if (!('timer_id' in data)) return roomTimer(data);
  const type = action === 'start' ? 'timer.created' : 'timer.updated';
  return { type, payload: { timer: personalTimer(data), action } };
}

/** A room timer's status is in lower case, whichever dialect sent it. */
const roomTimer = (timer: Json): DecodedMessage => ({
  type: 'room.timer',
  payload: { timer: { ...timer, status: String(timer['status']).toLowerCase() }, room_id: timer['room_id'] },
});

/** A personal timer's status is in capitals (docs/spec/extensions.md#sockets). */
const personalTimer = ({ timer_id: id, ...timer }: Json): Json =>
  id === undefined ? timer : { id, ...timer, status: String(timer['status']).toUpperCase() };

const isRoomTimer = (timer: unknown): timer is Json => 'remaining_seconds' in asObject(timer);
