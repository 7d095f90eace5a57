import fc from 'fast-check';

import type { Dialect, Endpoint, ServerMessage } from '../messages.js';
import { CODECS } from './codec.js';
import { readFrame } from './read-frame.js';

/** Run `PROPERTY_RUNS=20000 npx jest --testPathPatterns round-trip` before a release. */
const RUNS = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 500) };

const DIALECTS = ['type-payload', 'action-event'] as const satisfies Dialect[];
const ENDPOINTS = ['personal', 'room'] as const satisfies Endpoint[];
const dialects = fc.constantFrom<Dialect>(...DIALECTS);
const endpoints = fc.constantFrom<Endpoint>(...ENDPOINTS);

/** Excluded from the generated JSON: read-frame.spec.ts covers keys that reach a prototype. */
const PROTOTYPE_KEYS = ['__proto__', 'constructor'];
const withoutPrototypeKeys = (key: string, value: unknown): unknown =>
  PROTOTYPE_KEYS.includes(key) ? undefined : value;
const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value), withoutPrototypeKeys) as unknown);
const keys = fc.string().filter((key) => ![...PROTOTYPE_KEYS, 'room_id', 'timer_id', 'id'].includes(key));
const objects = fc.dictionary(keys, json, { noNullPrototype: true, maxKeys: 5 });

// --- The server's messages, decoded by a client that shares no code with src.

const text = fc.string({ unit: 'binary' });
const times = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const statuses = fc.constantFrom('RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED');
const personalTimers = fc
  .tuple(fc.uuid(), statuses, objects)
  .map(([id, status, more]): Record<string, unknown> => ({ id, ...more, status }));
const sessionTypes = fc.constantFrom('work' as const, 'break' as const);
const roomTimers = fc.record({
  status: fc.constantFrom('idle' as const, 'running' as const, 'paused' as const),
  session_type: sessionTypes,
  remaining_seconds: fc.nat(),
  target_timestamp: fc.option(times),
  started_at: fc.option(times),
  duration_seconds: fc.nat(),
  revision: fc.nat(),
});
const verbs = fc.constantFrom(
  'start' as const,
  'pause' as const,
  'resume' as const,
  'stop' as const,
  'cancel' as const,
);
const roomActions = fc.constantFrom('start' as const, 'reset' as const, 'complete' as const, 'sync' as const);
const people = fc.record({ id: text, name: text });
const room = { roomId: fc.uuid(), endpoint: endpoints };
const just = <T extends string>(type: T) => ({ type: fc.constant(type) });
const from: { requiredKeys: ('type' | 'timer' | 'action')[] } = { requiredKeys: ['type', 'timer', 'action'] };

const messages: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({ ...just('connected'), userId: text, message: text }),
  fc.record({ ...just('timerCreated'), timer: personalTimers, action: verbs, fromUser: text }, from),
  fc.record({ ...just('timerUpdated'), timer: personalTimers, action: verbs, fromUser: text }, from),
  fc.record({ ...just('timerDeleted'), timerId: fc.uuid(), revision: fc.nat() }),
  fc.record(
    {
      ...just('timerList'),
      timers: fc.array(personalTimers, { maxLength: 3 }),
      fromUser: text,
      truncated: fc.constant(true as const),
      changeId: text,
      resync: fc.constant(true as const),
    },
    { requiredKeys: ['type', 'timers'] },
  ),
  fc.record({ ...just('roomTimer'), ...room, timer: roomTimers, action: roomActions }),
  fc.record({
    ...just('roomSessionCompleted'),
    ...room,
    completedSessionType: sessionTypes,
    nextSessionType: sessionTypes,
    autoStart: fc.boolean(),
  }),
  fc.record({
    ...just('participant'),
    ...room,
    action: fc.constantFrom('joined' as const, 'left' as const),
    participant: people,
    currentCount: fc.nat(),
  }),
  fc.record({ ...just('participants'), ...room, participants: fc.array(people), currentCount: fc.nat() }),
  fc.record({ ...just('roomUpdated'), ...room, room: objects }),
  fc.record({
    ...just('friendActivity'),
    friendId: text,
    displayName: fc.option(text),
    action: verbs,
    timerId: fc.uuid(),
    timerTitle: fc.option(text),
  }),
  fc.record({ ...just('authExpiring'), expiresAt: times }),
  fc.record({ ...just('authRenewed'), expiresAt: times }),
  fc.record({ ...just('roomJoined'), room: objects, participantId: fc.uuid() }),
  fc.record({ ...just('roomLeft'), roomId: fc.uuid() }),
  fc.record(
    { ...just('pong'), serverTime: fc.nat(), sentAt: fc.oneof(text, fc.nat()) },
    { requiredKeys: ['type', 'serverTime'] },
  ),
  fc.record({ ...just('error'), code: text, message: text }),
);

type Heard = Record<string, unknown>;
const NAMES: Record<string, string> = {
  connected: 'connected',
  'timer.created': 'timerCreated',
  'timer.updated': 'timerUpdated',
  'timer.deleted': 'timerDeleted',
  'timer.sync_result': 'timerList',
  'timer.completed': 'roomSessionCompleted',
  'room.participant': 'participant',
  'room.participants': 'participants',
  'room.updated': 'roomUpdated',
  'timer.friend_activity': 'friendActivity',
  'auth.expiring': 'authExpiring',
  'auth.renewed': 'authRenewed',
  'room.joined': 'roomJoined',
  'room.left': 'roomLeft',
  pong: 'pong',
  error: 'error',
  timer_sync: 'timerList',
  timer_complete: 'roomSessionCompleted',
  participant_update: 'participant',
  participant_list: 'participants',
  room_update: 'roomUpdated',
  friend_activity: 'friendActivity',
  auth_expiring: 'authExpiring',
  auth_renewed: 'authRenewed',
  room_joined: 'roomJoined',
  room_left: 'roomLeft',
};

const camel = (facts: Heard): Heard =>
  Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), value]),
  );
const upper = (status: unknown) => String(status).toUpperCase();
const lower = (status: unknown) => String(status).toLowerCase();

/** Converts a timer of action/event to v1's Timer object. */
function capitals({ timer_id, ...timer }: Heard): Heard {
  return { id: timer_id, ...timer, status: upper(timer['status']) };
}

function hearTypePayload(frame: Heard): Heard {
  const type = NAMES[String(frame['type'])];
  const payload = { ...(frame['payload'] as Heard) };
  if (type === 'timerList') {
    const { count, ...list } = payload;
    expect(count).toBe((list['timers'] as unknown[]).length);
    return { type, ...camel(list), ...('from_user' in frame ? { fromUser: frame['from_user'] } : {}) };
  }
  if (type === 'friendActivity') return { type, ...camel(payload) };
  const timer = payload['timer'] as Heard | undefined;
  if (timer && 'room_id' in timer) {
    const { room_id, ...state } = timer;
    return {
      type: 'roomTimer',
      ...camel(payload),
      roomId: room_id,
      timer: { ...state, status: lower(state['status']) },
    };
  }
  return { type, ...camel(payload), ...('from_user' in frame ? { fromUser: frame['from_user'] } : {}) };
}

function hearActionEvent(frame: Heard): Heard {
  if ('error' in frame) return { type: 'error', ...(frame['error'] as Heard) };
  const type = NAMES[String(frame['event'])];
  const data = { ...(frame['data'] as Heard) };
  if (type === 'timerList') {
    const { count, timers, ...list } = data;
    expect(count).toBe((timers as unknown[]).length);
    return { type, timers: (timers as Heard[]).map(capitals), ...camel(list) };
  }
  if (type === 'participant') {
    expect(data['participant_id']).toBe((data['participant'] as Heard)['id']);
    delete data['participant_id'];
  }
  return type === undefined ? hearTimerUpdate(data) : { type, ...camel(data) };
}

function hearTimerUpdate({ action, ...data }: Heard): Heard {
  if (data['deleted'] === true) return { type: 'timerDeleted', timerId: data['timer_id'], revision: data['revision'] };
  if ('timer_id' in data) return { type: 'timerUpdated', timer: capitals(data), action };
  const { room_id, ...timer } = data;
  return { type: 'roomTimer', ...(room_id === undefined ? {} : { roomId: room_id }), timer };
}

/** The part of a message that a frame of this dialect contains. */
function told(message: ServerMessage, dialect: Dialect): Heard {
  const { endpoint, ...facts }: Heard = { ...message };
  const inTimer = message.type === 'roomTimer' && dialect === 'type-payload';
  if (endpoint === 'room' && !inTimer) delete facts['roomId'];
  if (dialect === 'type-payload') return facts;
  delete facts['fromUser'];
  if (message.type === 'timerCreated') facts['type'] = 'timerUpdated';
  if (message.type === 'roomTimer') delete facts['action'];
  return facts;
}

describe('a message that was encoded', () => {
  const hear = { 'type-payload': hearTypePayload, 'action-event': hearActionEvent };
  const envelopes = fc.record(
    { timestamp: times, id: fc.oneof(text, fc.integer()), changeId: text },
    { requiredKeys: ['timestamp'] },
  );

  it.each(DIALECTS)('says the same when it is heard in %s', (dialect) => {
    fc.assert(
      fc.property(messages, envelopes, (message, envelope) => {
        const frame = JSON.parse(CODECS[dialect].encode(message, envelope)) as Heard;
        expect(hear[dialect](frame)).toEqual(told(message, dialect));
        const { timestamp, id, change_id: changeId } = frame;
        expect({ timestamp, id, changeId }).toEqual({ id: undefined, changeId: undefined, ...envelope });
      }),
      RUNS,
    );
  });
});

// --- Commands, encoded by a client in either dialect.

const VERBS: Record<string, Record<Dialect, string>> = {
  'start user': { 'type-payload': 'timer.create', 'action-event': 'start_timer' },
  'start room': { 'type-payload': 'timer.start', 'action-event': 'start_timer' },
  'pause user': { 'type-payload': 'timer.pause', 'action-event': 'pause_timer' },
  'pause room': { 'type-payload': 'timer.pause', 'action-event': 'pause_timer' },
  'resume user': { 'type-payload': 'timer.resume', 'action-event': 'resume_timer' },
  'resume room': { 'type-payload': 'timer.resume', 'action-event': 'resume_timer' },
  'stop user': { 'type-payload': 'timer.stop', 'action-event': 'stop_timer' },
  'cancel user': { 'type-payload': 'timer.cancel', 'action-event': 'cancel_timer' },
  'reset room': { 'type-payload': 'timer.reset', 'action-event': 'reset_timer' },
  sync: { 'type-payload': 'timer.sync', 'action-event': 'sync_timer' },
  ping: { 'type-payload': 'ping', 'action-event': 'ping' },
  renewAuth: { 'type-payload': 'auth.renew', 'action-event': 'renew_auth' },
  joinRoom: { 'type-payload': 'room.join', 'action-event': 'join_room' },
  leaveRoom: { 'type-payload': 'room.leave', 'action-event': 'leave_room' },
};

const commands = fc.record({
  verb: fc.constantFrom(...Object.keys(VERBS)),
  payload: objects,
  roomId: fc.uuid(),
  beside: fc.record({ id: fc.oneof(text, fc.integer()), idempotency_key: text }, { requiredKeys: [] }),
});
const PERSONAL_ONLY = /user$|^(join|leave)Room$/;

describe('a command', () => {
  it('means the same in either dialect, on a connection of either', () => {
    fc.assert(
      fc.property(commands, endpoints, dialects, fc.boolean(), (spoken, endpoint, connection, isBinary) => {
        const { verb, roomId, beside } = spoken;
        fc.pre(endpoint === 'personal' || !PERSONAL_ONLY.test(verb));
        const [type = '', owner] = verb.split(' ');
        const named = endpoint === 'personal' && owner === 'room' ? { room_id: roomId } : {};
        const payload = { ...spoken.payload, ...named };
        const { id, idempotency_key: idempotencyKey } = beside;
        const meant = { type, ...(owner ? { owner } : {}), payload, id, idempotencyKey };
        for (const dialect of DIALECTS) {
          const word = VERBS[verb]?.[dialect];
          const frame = dialect === 'type-payload' ? { type: word, payload } : { action: word, data: payload };
          const bytes = Buffer.from(JSON.stringify({ ...beside, ...frame }));
          expect(readFrame(bytes, isBinary, connection, endpoint)).toEqual({ ...meant, dialect });
        }
      }),
      RUNS,
    );
  });
});

describe('whatever is sent', () => {
  const words = fc.constantFrom('timer.start', 'timer.pause', 'ping', 'start_timer', 'reset_timer', 'join_room');
  const frames = fc.record(
    {
      type: fc.oneof(words, json),
      action: fc.oneof(words, json),
      payload: fc.oneof(objects, json),
      data: fc.oneof(objects, json),
      id: json,
      idempotency_key: json,
    },
    { requiredKeys: [] },
  );
  const bytes = fc.oneof(
    frames.map((frame) => Buffer.from(JSON.stringify(frame))),
    json.map((value) => Buffer.from(JSON.stringify(value))),
    fc.uint8Array().map((noise) => Buffer.from(noise)),
    fc.tuple(frames, fc.nat()).map(([frame, cut]) => Buffer.from(JSON.stringify(frame)).subarray(0, cut % 64)),
  );

  it('is a command with an object for a payload, or a problem with a short text', () => {
    fc.assert(
      fc.property(bytes, dialects, endpoints, fc.boolean(), (data, connection, endpoint, isBinary) => {
        const read = readFrame(data, isBinary, connection, endpoint);
        if (read.type !== 'problem') {
          expect(read.payload).toEqual(expect.any(Object));
          return;
        }
        expect(Array.from(read.message).length).toBeLessThanOrEqual("Unknown message type: ''".length + 100);
        const codes = {
          'type-payload': ['INVALID_MESSAGE', 'UNKNOWN_TYPE'],
          'action-event': ['VALIDATION_ERROR', 'INVALID_ACTION'],
        };
        expect(codes[read.dialect]).toContain(read.code);
      }),
      RUNS,
    );
  });
});
