import { asObject, type Json, parsed } from '../json.js';
import type { Command, CommandType, Dialect, ServerMessage, ServerMessageType } from './messages.js';

/** The words of action/event for what clients say (realtime.md, the vocabulary table). */
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

/** And for what the server says; `timer_update` means several things, so it is told apart by its data. */
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

/** A command as a frame. */
export function encode({ type, payload, id, idempotencyKey }: Command, dialect: Dialect): string {
  const said = dialect === 'type-payload' ? { type, payload } : { action: ACTIONS[type], data: payload };
  return JSON.stringify({ ...said, id, idempotency_key: idempotencyKey });
}

/** A frame of either dialect. @returns undefined for what is no frame; unknown types are for the listener to ignore */
export function decode(text: unknown): ServerMessage | undefined {
  const { event, type, error, data, payload, ...envelope } = asObject(parsed(String(text)));
  if (typeof event === 'string') return { ...envelope, ...fromEvent(event, asObject(error ?? data)) } as ServerMessage;
  if (typeof type === 'string') return { ...envelope, ...fromType(type, asObject(payload)) } as ServerMessage;
  return undefined;
}

interface Heard {
  readonly type: string;
  readonly payload: Json;
}

function fromType(type: string, payload: Json): Heard {
  const timer = payload['timer'];
  if (type === 'timer.updated' && isRoomTimer(timer)) return roomTimer(timer);
  return { type, payload };
}

function fromEvent(event: string, data: Json): Heard {
  if (event === 'timer_update') return fromTimerUpdate(data);
  const timers = data['timers'];
  const payload = Array.isArray(timers) ? { ...data, timers: timers.map((timer: Json) => personalTimer(timer)) } : data;
  return { type: EVENTS[event] ?? event, payload };
}

function fromTimerUpdate({ action, ...data }: Json): Heard {
  if (data['deleted'] === true) return { type: 'timer.deleted', payload: data };
  if (!('timer_id' in data)) return roomTimer(data);
  const type = action === 'start' ? 'timer.created' : 'timer.updated';
  return { type, payload: { timer: personalTimer(data), action } };
}

/** A room's status is in lower case here, whichever dialect told it. */
const roomTimer = (timer: Json): Heard => ({
  type: 'room.timer',
  payload: { timer: { ...timer, status: String(timer['status']).toLowerCase() }, room_id: timer['room_id'] },
});

/** A person's is in capitals (extensions.md, "Sockets"). */
const personalTimer = ({ timer_id: id, ...timer }: Json): Json =>
  id === undefined ? timer : { id, ...timer, status: String(timer['status']).toUpperCase() };

const isRoomTimer = (timer: unknown): timer is Json => 'remaining_seconds' in asObject(timer);
