import type { Dialect, Endpoint, Envelope, RoomTimer, ServerMessage } from '../messages.js';
import { CODECS, isDialect, NATIVE_DIALECT } from './codec.js';

// The rows of the table in docs/spec/sockets.md#dialects, as the contracts and seeds print them, key order included.

const AT = '2026-01-28T10:00:00Z';

const timer = {
  id: 'timer-uuid',
  owner_id: 'user-uuid',
  title: '작업 타이머',
  status: 'RUNNING',
  elapsed_time: 1234,
  pause_history: [{ action: 'start', at: AT }],
  revision: 1,
};
const timerInLowerCase = {
  timer_id: 'timer-uuid',
  owner_id: 'user-uuid',
  title: '작업 타이머',
  status: 'running',
  elapsed_time: 1234,
  pause_history: [{ action: 'start', at: AT }],
  revision: 1,
};

const roomTimer: RoomTimer = {
  status: 'running',
  session_type: 'work',
  remaining_seconds: 1234,
  target_timestamp: '2025-12-04T10:25:00Z',
  started_at: '2025-12-04T10:00:00Z',
  duration_seconds: 1500,
  revision: 7,
};
const roomTimerInCapitals = { room_id: 'room-uuid', ...roomTimer, status: 'RUNNING' };

const room = { room_id: 'room-uuid', room_name: 'team-alpha', timer_state: roomTimer };
const alice = { id: 'user-123', name: 'Alice' };
const onRoom = { roomId: 'room-uuid', endpoint: 'room' } as const;
const onPersonal = { roomId: 'room-uuid', endpoint: 'personal' } as const;
const room_id = 'room-uuid';
const over = { completed_session_type: 'work', next_session_type: 'break', auto_start: true };
const fromUser = 'user-uuid';
const from_user = fromUser;

type Row = [
  row: string,
  message: ServerMessage,
  typePayload: { type: string; payload: object; from_user?: string },
  actionEvent: { event: string; data: object } | { event: string; error: object },
];

const rows: Row[] = [
  [
    'connected',
    { type: 'connected', userId: 'user-uuid', message: 'Connected to timer WebSocket' },
    { type: 'connected', payload: { user_id: 'user-uuid', message: 'Connected to timer WebSocket' } },
    { event: 'connected', data: { user_id: 'user-uuid', message: 'Connected to timer WebSocket' } },
  ],
  [
    'personal timer created',
    { type: 'timerCreated', timer, action: 'start', fromUser },
    { type: 'timer.created', payload: { timer, action: 'start' }, from_user },
    { event: 'timer_update', data: { ...timerInLowerCase, action: 'start' } },
  ],
  [
    'personal timer changed',
    { type: 'timerUpdated', timer: { ...timer, status: 'PAUSED' }, action: 'pause', fromUser },
    { type: 'timer.updated', payload: { timer: { ...timer, status: 'PAUSED' }, action: 'pause' }, from_user },
    { event: 'timer_update', data: { ...timerInLowerCase, status: 'paused', action: 'pause' } },
  ],
  [
    'personal timer deleted',
    { type: 'timerDeleted', timerId: 'timer-uuid', revision: 4, fromUser },
    { type: 'timer.deleted', payload: { timer_id: 'timer-uuid', revision: 4 }, from_user },
    { event: 'timer_update', data: { timer_id: 'timer-uuid', revision: 4, deleted: true } },
  ],
  [
    'list',
    { type: 'timerList', timers: [timer], fromUser },
    { type: 'timer.sync_result', payload: { timers: [timer], count: 1 }, from_user },
    { event: 'timer_sync', data: { timers: [timerInLowerCase], count: 1 } },
  ],
  [
    'list of nothing',
    { type: 'timerList', timers: [] },
    { type: 'timer.sync_result', payload: { timers: [], count: 0 } },
    { event: 'timer_sync', data: { timers: [], count: 0 } },
  ],
  [
    'list with more behind it',
    { type: 'timerList', timers: [timer], truncated: true },
    { type: 'timer.sync_result', payload: { timers: [timer], count: 1, truncated: true } },
    { event: 'timer_sync', data: { timers: [timerInLowerCase], count: 1, truncated: true } },
  ],
  [
    'list after a since that is out of reach',
    { type: 'timerList', timers: [], changeId: 'c9', resync: true },
    { type: 'timer.sync_result', payload: { timers: [], count: 0, change_id: 'c9', resync: true } },
    { event: 'timer_sync', data: { timers: [], count: 0, change_id: 'c9', resync: true } },
  ],
  [
    "room's timer changed",
    { type: 'roomTimer', ...onRoom, timer: roomTimer, action: 'start' },
    { type: 'timer.updated', payload: { timer: roomTimerInCapitals, action: 'start' } },
    { event: 'timer_update', data: roomTimer },
  ],
  [
    "room's timer changed, on a personal socket",
    { type: 'roomTimer', ...onPersonal, timer: { ...roomTimer, status: 'idle' }, action: 'reset' },
    {
      type: 'timer.updated',
      payload: { room_id, timer: { ...roomTimerInCapitals, status: 'IDLE' }, action: 'reset' },
    },
    { event: 'timer_update', data: { room_id, ...roomTimer, status: 'idle' } },
  ],
  [
    'session over',
    {
      type: 'roomSessionCompleted',
      ...onRoom,
      completedSessionType: 'work',
      nextSessionType: 'break',
      autoStart: true,
    },
    { type: 'timer.completed', payload: over },
    { event: 'timer_complete', data: over },
  ],
  [
    'session over, on a personal socket',
    {
      type: 'roomSessionCompleted',
      ...onPersonal,
      completedSessionType: 'work',
      nextSessionType: 'break',
      autoStart: true,
    },
    { type: 'timer.completed', payload: { room_id, ...over } },
    { event: 'timer_complete', data: { room_id, ...over } },
  ],
  [
    'somebody came',
    { type: 'participant', ...onRoom, action: 'joined', participant: alice, currentCount: 4 },
    { type: 'room.participant', payload: { action: 'joined', participant: alice, current_count: 4 } },
    {
      event: 'participant_update',
      data: { action: 'joined', participant: alice, participant_id: 'user-123', current_count: 4 },
    },
  ],
  [
    'somebody left, on a personal socket',
    { type: 'participant', ...onPersonal, action: 'left', participant: alice, currentCount: 3 },
    { type: 'room.participant', payload: { room_id, action: 'left', participant: alice, current_count: 3 } },
    {
      event: 'participant_update',
      data: { room_id, action: 'left', participant: alice, participant_id: 'user-123', current_count: 3 },
    },
  ],
  [
    'everybody present',
    { type: 'participants', ...onRoom, participants: [alice], currentCount: 1 },
    { type: 'room.participants', payload: { participants: [alice], current_count: 1 } },
    { event: 'participant_list', data: { participants: [alice], current_count: 1 } },
  ],
  [
    'everybody present, on a personal socket',
    { type: 'participants', ...onPersonal, participants: [alice], currentCount: 1 },
    { type: 'room.participants', payload: { room_id, participants: [alice], current_count: 1 } },
    { event: 'participant_list', data: { room_id, participants: [alice], current_count: 1 } },
  ],
  [
    "room's settings changed",
    { type: 'roomUpdated', ...onRoom, room },
    { type: 'room.updated', payload: { room } },
    { event: 'room_update', data: { room } },
  ],
  [
    "room's settings changed, on a personal socket",
    { type: 'roomUpdated', ...onPersonal, room },
    { type: 'room.updated', payload: { room_id, room } },
    { event: 'room_update', data: { room_id, room } },
  ],
  [
    'friend',
    {
      type: 'friendActivity',
      friendId: 'friend-user-uuid',
      displayName: '수진',
      action: 'start',
      timerId: 'timer-uuid',
      timerTitle: null,
    },
    {
      type: 'timer.friend_activity',
      payload: {
        friend_id: 'friend-user-uuid',
        display_name: '수진',
        action: 'start',
        timer_id: 'timer-uuid',
        timer_title: null,
      },
      from_user: 'friend-user-uuid',
    },
    {
      event: 'friend_activity',
      data: {
        friend_id: 'friend-user-uuid',
        display_name: '수진',
        action: 'start',
        timer_id: 'timer-uuid',
        timer_title: null,
      },
    },
  ],
  [
    'token about to end',
    { type: 'authExpiring', expiresAt: AT },
    { type: 'auth.expiring', payload: { expires_at: AT } },
    { event: 'auth_expiring', data: { expires_at: AT } },
  ],
  [
    'connection lengthened',
    { type: 'authRenewed', expiresAt: AT },
    { type: 'auth.renewed', payload: { expires_at: AT } },
    { event: 'auth_renewed', data: { expires_at: AT } },
  ],
  [
    'room entered',
    { type: 'roomJoined', room, participantId: 'p1' },
    { type: 'room.joined', payload: { room, participant_id: 'p1' } },
    { event: 'room_joined', data: { room, participant_id: 'p1' } },
  ],
  [
    'room left',
    { type: 'roomLeft', roomId: 'room-uuid' },
    { type: 'room.left', payload: { room_id } },
    { event: 'room_left', data: { room_id } },
  ],
  [
    'heartbeat',
    { type: 'pong', serverTime: 1764842400123 },
    { type: 'pong', payload: { server_time: 1764842400123 } },
    { event: 'pong', data: { server_time: 1764842400123 } },
  ],
  [
    'heartbeat that said when it was sent',
    { type: 'pong', serverTime: 1764842400123, sentAt: 1764842400001.5 },
    { type: 'pong', payload: { server_time: 1764842400123, sent_at: 1764842400001.5 } },
    { event: 'pong', data: { server_time: 1764842400123, sent_at: 1764842400001.5 } },
  ],
  [
    'error',
    { type: 'error', code: 'PAUSE_FAILED', message: 'Cannot pause timer with status completed' },
    { type: 'error', payload: { code: 'PAUSE_FAILED', message: 'Cannot pause timer with status completed' } },
    { event: 'error', error: { code: 'PAUSE_FAILED', message: 'Cannot pause timer with status completed' } },
  ],
];

describe('what the server says', () => {
  it.each(rows)('%s', (_, message, typePayload, actionEvent) => {
    expect(CODECS['type-payload'].encode(message, { timestamp: AT })).toBe(
      JSON.stringify({ ...typePayload, timestamp: AT }),
    );
    expect(CODECS['action-event'].encode(message, { timestamp: AT })).toBe(
      JSON.stringify({ ...actionEvent, timestamp: AT }),
    );
  });

  it('has a row for every message', () => {
    const said = new Set(rows.map(([, message]) => message.type));
    expect(said.size).toBe(17);
  });

  it.each(rows)('%s, with id and change_id behind the timestamp', (_, message, typePayload, actionEvent) => {
    const envelope: Envelope = { timestamp: AT, id: 7, changeId: 'c1' };
    const around = { timestamp: AT, id: 7, change_id: 'c1' };
    expect(CODECS['type-payload'].encode(message, envelope)).toBe(JSON.stringify({ ...typePayload, ...around }));
    expect(CODECS['action-event'].encode(message, envelope)).toBe(JSON.stringify({ ...actionEvent, ...around }));
  });

  it('leaves the message as it was', () => {
    const frozen = Object.freeze({
      type: 'timerUpdated',
      timer: Object.freeze({ ...timer }),
      action: 'pause',
    } as const);
    expect(() => CODECS['action-event'].encode(frozen, { timestamp: AT })).not.toThrow();
    expect(frozen.timer).toEqual(timer);
  });
});

// --- Commands of clients

const user = { owner: 'user' } as const;
const ofRoom = { owner: 'room' } as const;
const UNKNOWN = null;
type Understood = { type: string; owner?: string } | null;
type Spoken = [words: Record<Dialect, string | null>, payload: object, personal: Understood, room: Understood];

/** The word in both dialects, its payload, and the expected command on the personal and on a room's socket. */
const spoken: Spoken[] = [
  [words('timer.create', null), { allocated_duration: 3600 }, { type: 'start', ...user }, UNKNOWN],
  [words('timer.create', null), { allocated_duration: 3600, room_id: 'r' }, { type: 'start', ...user }, UNKNOWN],
  [words('timer.start', null), { session_type: 'work' }, UNKNOWN, { type: 'start', ...ofRoom }],
  [words('timer.start', null), { room_id: null }, UNKNOWN, { type: 'start', ...ofRoom }],
  [words('timer.start', 'start_timer'), { room_id: 'r' }, { type: 'start', ...ofRoom }, { type: 'start', ...ofRoom }],
  [words(null, 'start_timer'), { allocated_duration: 3600 }, { type: 'start', ...user }, { type: 'start', ...ofRoom }],
  [words('timer.pause', 'pause_timer'), { timer_id: 't' }, { type: 'pause', ...user }, { type: 'pause', ...ofRoom }],
  [words('timer.pause', 'pause_timer'), { room_id: 'r' }, { type: 'pause', ...ofRoom }, { type: 'pause', ...ofRoom }],
  [words('timer.pause', 'pause_timer'), { room_id: 5 }, { type: 'pause', ...ofRoom }, { type: 'pause', ...ofRoom }],
  [words('timer.resume', 'resume_timer'), {}, { type: 'resume', ...user }, { type: 'resume', ...ofRoom }],
  [
    words('timer.resume', 'resume_timer'),
    { room_id: 'r' },
    { type: 'resume', ...ofRoom },
    { type: 'resume', ...ofRoom },
  ],
  [words('timer.stop', 'stop_timer'), { timer_id: 't' }, { type: 'stop', ...user }, UNKNOWN],
  [words('timer.stop', 'stop_timer'), { timer_id: 't', room_id: 'r' }, { type: 'stop', ...user }, UNKNOWN],
  [words('timer.cancel', 'cancel_timer'), { timer_id: 't' }, { type: 'cancel', ...user }, UNKNOWN],
  [words('timer.reset', 'reset_timer'), {}, UNKNOWN, { type: 'reset', ...ofRoom }],
  [words('timer.reset', 'reset_timer'), { room_id: 'r' }, { type: 'reset', ...ofRoom }, { type: 'reset', ...ofRoom }],
  [words('timer.sync', 'sync_timer'), { scope: 'all' }, { type: 'sync' }, { type: 'sync' }],
  [words('ping', 'ping'), { sent_at: 5 }, { type: 'ping' }, { type: 'ping' }],
  [words('auth.renew', 'renew_auth'), { token: 'jwt' }, { type: 'renewAuth' }, { type: 'renewAuth' }],
  [words('room.join', 'join_room'), { room_id: 'r', name: 'Al' }, { type: 'joinRoom' }, UNKNOWN],
  [words('room.leave', 'leave_room'), { room_id: 'r' }, { type: 'leaveRoom' }, UNKNOWN],
];

function words(typePayload: string | null, actionEvent: string | null): Record<Dialect, string | null> {
  return { 'type-payload': typePayload, 'action-event': actionEvent };
}

const said = spoken.flatMap(([byDialect, payload, personal, room]) =>
  (['type-payload', 'action-event'] as const).flatMap((dialect) =>
    (['personal', 'room'] as const).map((endpoint): [string | null, Endpoint, Dialect, object, Understood] => [
      byDialect[dialect],
      endpoint,
      dialect,
      payload,
      { personal, room }[endpoint],
    ]),
  ),
);

/** A client's frame in this dialect. */
function frameOf(dialect: Dialect, word: unknown, payload: unknown): Record<string, unknown> {
  return dialect === 'type-payload' ? { type: word, payload } : { action: word, data: payload };
}

describe('what clients say', () => {
  it.each(said.filter(([word]) => word !== null))(
    '%s on the %s socket, %s %j',
    (word, endpoint, dialect, payload, understood) => {
      const decoded = CODECS[dialect].decode(frameOf(dialect, word, payload), endpoint);
      if (understood) expect(decoded).toEqual({ ...understood, payload, dialect });
      else if (dialect === 'type-payload')
        expect(decoded).toEqual(problem('UNKNOWN_TYPE', `Unknown message type: '${String(word)}'`));
      else expect(decoded).toEqual(invalidAction(`Unknown action: '${String(word)}'`));
    },
  );

  it.each([
    ['type-payload', { type: 'timer.sync' }],
    ['action-event', { action: 'sync_timer' }],
  ] as const)('needs no payload in %s', (dialect, frame) => {
    expect(CODECS[dialect].decode(frame, 'personal')).toEqual({ type: 'sync', payload: {}, dialect });
  });

  it.each(['type-payload', 'action-event'] as const)('takes id and idempotency_key as they are in %s', (dialect) => {
    const frame = frameOf(dialect, 'ping', {});
    const { decode } = CODECS[dialect];
    expect(decode({ ...frame, id: 'a', idempotency_key: 5, more: 1 }, 'room')).toEqual({
      type: 'ping',
      payload: {},
      dialect,
      id: 'a',
      idempotencyKey: 5,
    });
    for (const id of ['', 0, -1.5]) expect(decode({ ...frame, id }, 'room')).toHaveProperty('id', id);
    for (const id of [null, true, {}, ['a'], Infinity])
      expect(decode({ ...frame, id }, 'room')).not.toHaveProperty('id');
    expect(decode({ ...frame, idempotency_key: null }, 'room')).not.toHaveProperty('idempotencyKey');
  });

  it.each([
    ['type-payload', 'timer.start'],
    ['action-event', 'start_timer'],
  ] as const)("takes a room's session_type from beside the payload in %s", (dialect, word) => {
    const payloadOf = (frame: object, endpoint: Endpoint = 'room') => {
      const decoded = CODECS[dialect].decode(frame, endpoint);
      return decoded.type === 'problem' ? decoded : decoded.payload;
    };
    const { type, action } = frameOf(dialect, word, {});
    const bare = JSON.parse(JSON.stringify({ type, action })) as object;
    expect(payloadOf({ ...bare, session_type: 'break' })).toEqual({ session_type: 'break' });
    expect(payloadOf({ ...frameOf(dialect, word, { session_type: 'work' }), session_type: 'break' })).toEqual({
      session_type: 'work',
    });
    expect(payloadOf({ ...frameOf(dialect, word, { room_id: 'r' }), session_type: 'break' }, 'personal')).toEqual({
      room_id: 'r',
      session_type: 'break',
    });
  });

  it('leaves session_type alone where it means nothing', () => {
    const frame = { action: 'start_timer', data: { allocated_duration: 60 }, session_type: 'break' };
    expect(CODECS['action-event'].decode(frame, 'personal')).toHaveProperty('payload', { allocated_duration: 60 });
    const pause = { action: 'pause_timer', session_type: 'break' };
    expect(CODECS['action-event'].decode(pause, 'room')).toHaveProperty('payload', {});
  });
});

function problem(code: string, message: string, dialect: Dialect = 'type-payload') {
  return { type: 'problem', code, message, dialect };
}
const invalidAction = (message: string) => problem('INVALID_ACTION', message, 'action-event');

describe('a frame that is no command', () => {
  const a100 = 'a'.repeat(100);
  const clock100 = '⏰'.repeat(100);
  const face100 = '🙂'.repeat(100);

  it.each<[unknown, string]>([
    ['invalid_action', 'invalid_action'],
    ['', ''],
    [5, '5'],
    [null, 'null'],
    [true, 'true'],
    [{ a: [1] }, '{"a":[1]}'],
    [['timer.pause'], '["timer.pause"]'],
    [`${a100}b`, a100],
    [a100, a100],
    [`${clock100}!`, clock100],
    [`${face100}!`, face100],
    [`${'a'.repeat(99)}🙂!`, `${'a'.repeat(99)}🙂`],
    [['x'.repeat(200)], `["${'x'.repeat(98)}`],
    ['constructor', 'constructor'],
    ['toString', 'toString'],
    ['__proto__', '__proto__'],
    ['TIMER.PAUSE', 'TIMER.PAUSE'],
    ["it's", "it's"],
  ])('%j is shown as %s', (word, shown) => {
    for (const endpoint of ['personal', 'room'] as const) {
      expect(CODECS['type-payload'].decode({ type: word }, endpoint)).toEqual(
        problem('UNKNOWN_TYPE', `Unknown message type: '${shown}'`),
      );
      expect(CODECS['action-event'].decode({ action: word }, endpoint)).toEqual(
        invalidAction(`Unknown action: '${shown}'`),
      );
    }
  });

  it('is shown as far as a hundred characters go, however deep it nests', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(60_000)}${']'.repeat(60_000)}`);
    expect(CODECS['action-event'].decode({ action: deep }, 'room')).toEqual(
      invalidAction(`Unknown action: '${'['.repeat(100)}'`),
    );
    const objects: unknown = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
    expect(CODECS['type-payload'].decode({ type: objects }, 'personal')).toEqual(
      problem('UNKNOWN_TYPE', `Unknown message type: '${'{"a":'.repeat(20)}'`),
    );
  });

  it('has no type, or no action', () => {
    expect(CODECS['type-payload'].decode({}, 'personal')).toEqual(problem('INVALID_MESSAGE', 'Message has no type'));
    expect(CODECS['action-event'].decode({}, 'room')).toEqual(invalidAction("Unknown action: 'null'"));
  });

  it.each([undefined, null, 5, 'ping', [], [{ type: 'ping' }]])('is no object: %j', (frame) => {
    const text = 'Message is not a JSON object';
    expect(CODECS['type-payload'].decode(frame, 'personal')).toEqual(problem('INVALID_MESSAGE', text));
    expect(CODECS['action-event'].decode(frame, 'personal')).toEqual(problem('VALIDATION_ERROR', text, 'action-event'));
  });

  it.each([null, 5, 'x', [], false])('has a payload that is no object: %j', (payload) => {
    expect(CODECS['type-payload'].decode({ type: 'ping', payload }, 'room')).toEqual(
      problem('INVALID_MESSAGE', 'payload must be an object'),
    );
    expect(CODECS['action-event'].decode({ action: 'ping', data: payload }, 'room')).toEqual(
      problem('VALIDATION_ERROR', 'data must be an object', 'action-event'),
    );
  });

  it('carries its id all the same', () => {
    expect(CODECS['type-payload'].decode({ type: 'x', id: 'q' }, 'room')).toHaveProperty('id', 'q');
    expect(CODECS['type-payload'].decode({ id: 3 }, 'room')).toHaveProperty('id', 3);
    expect(CODECS['action-event'].decode({ action: 'ping', data: 1, id: 0 }, 'room')).toHaveProperty('id', 0);
  });
});

describe('dialects', () => {
  it('are two, and each endpoint is native to one', () => {
    expect(isDialect('type-payload')).toBe(true);
    expect(isDialect('action-event')).toBe(true);
    for (const text of ['', 'TYPE-PAYLOAD', 'toString', '__proto__']) expect(isDialect(text)).toBe(false);
    expect(NATIVE_DIALECT).toEqual({ personal: 'type-payload', room: 'action-event' });
  });
});
