import type { Command, CommandType, Dialect, ServerMessage, ServerMessageType } from './messages.js';

type Facts = Readonly<Record<string, unknown>>;

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
  const frame = parsed(text);
  if (frame === undefined) return undefined;
  const { event, error, data, ...envelope } = frame;
  const heard =
    typeof event === 'string'
      ? fromEvent(event, asFacts(error ?? data))
      : fromType(String(frame['type']), asFacts(frame['payload']));
  return { ...envelope, ...heard } as ServerMessage;
}

interface Heard {
  readonly type: string;
  readonly payload: Facts;
}

function fromType(type: string, payload: Facts): Heard {
  const timer = payload['timer'];
  if (type === 'timer.updated' && isRoomTimer(timer)) return roomTimer(timer);
  return { type, payload };
}

function fromEvent(event: string, data: Facts): Heard {
  if (event === 'timer_update') return fromTimerUpdate(data);
  const timers = data['timers'];
  const payload = Array.isArray(timers)
    ? { ...data, timers: timers.map((timer: Facts) => personalTimer(timer)) }
    : data;
  return { type: EVENTS[event] ?? event, payload };
}

function fromTimerUpdate({ action, ...data }: Facts): Heard {
  if (data['deleted'] === true) return { type: 'timer.deleted', payload: data };
  if (!('timer_id' in data)) return roomTimer(data);
  const type = action === 'start' ? 'timer.created' : 'timer.updated';
  return { type, payload: { timer: personalTimer(data), action } };
}

/** A room's status is in lower case here, whichever dialect told it. */
const roomTimer = (timer: Facts): Heard => ({
  type: 'room.timer',
  payload: { timer: { ...timer, status: String(timer['status']).toLowerCase() } },
});

/** A person's is in capitals (extensions.md, "Sockets"). */
const personalTimer = ({ timer_id: id, ...timer }: Facts): Facts =>
  id === undefined ? timer : { id, ...timer, status: String(timer['status']).toUpperCase() };

const isRoomTimer = (timer: unknown): timer is Facts => 'remaining_seconds' in asFacts(timer);

const asFacts = (value: unknown): Facts => (typeof value === 'object' && value !== null ? (value as Facts) : {});

function parsed(text: unknown): Facts | undefined {
  try {
    const frame: unknown = JSON.parse(String(text));
    return typeof frame === 'object' && frame !== null ? (frame as Facts) : undefined;
  } catch {
    return undefined;
  }
}
