import { packageVersion } from '../../src/common/package.js';
import { hangUpAll } from '../support/sockets.js';
import { failure, type House, notFound, roomTimer, seen, startHouse, success } from '../support/rooms.js';

/** Every call and every error row of docs/spec/rooms.md#rest. */

let house: House;

beforeAll(async () => {
  house = await startHouse({ env: { BODY_MAX_BYTES: '2000' } });
});
afterEach(() => hangUpAll());
afterAll(() => house.close());

const UNKNOWN = '550e8400-e29b-41d4-a716-446655440000';
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const aToken = expect.stringMatching(/^[\w-]{43}$/) as string;
const invalid = (details: object[], code = 'VALIDATION_ERROR') => failure(422, code, 'Invalid input data', details);

const shareUrl = (id: string) => `${house.url}/room/${id}`;
const shown = (id: string, createdAt: string, differing: object = {}) => ({
  room_id: id,
  room_name: 'team-alpha',
  work_duration: 1_500,
  break_duration: 300,
  current_participants: 0,
  max_participants: 50,
  timer_state: roomTimer(),
  created_at: createdAt,
  auto_start_break: true,
  control: 'everyone',
  share_url: shareUrl(id),
  host: null,
  ...differing,
});

describe('POST /rooms', () => {
  it('makes a room of the defaults, and shows the host token this once', async () => {
    const room = await house.create();
    const data = {
      room_id: expect.stringMatching(UUID_V4) as string,
      room_name: 'team-alpha',
      work_duration: 1_500,
      break_duration: 300,
      auto_start_break: true,
      share_url: shareUrl(room.id),
      created_at: house.at(),
      host_token: aToken,
    };
    expect(seen(room.creation)).toEqual(success(data, 'Room created successfully', 201));
    expect(seen(await room.call('GET'))).toEqual(success(shown(room.id, house.at())));
  });

  it('takes every setting, names that are taken, and keys it does not know', async () => {
    const settings = {
      room_name: 'a_B-9',
      work_duration_minutes: 60,
      break_duration_minutes: 30,
      auto_start_break: false,
    };
    const [one, other] = [await house.create({ ...settings, colour: 'red' }), await house.create(settings)];
    expect(one.id).not.toBe(other.id);
    expect(seen(await one.call('GET'))).toMatchObject({
      body: {
        data: {
          ...{ room_name: 'a_B-9', work_duration: 3_600, break_duration: 1_800, auto_start_break: false },
          timer_state: roomTimer({ remaining_seconds: 3_600, duration_seconds: 3_600 }),
        },
      },
    });
  });

  const name = (msg: string, type: string) => ({
    loc: ['body', 'room_name'],
    msg,
    type,
    code: 'ROOM_NAME_INVALID',
  });
  const minutes = (field: 'work' | 'break', msg: string, type: string) => ({
    loc: ['body', `${field}_duration_minutes`],
    msg,
    type,
    code: 'INVALID_DURATION',
  });
  const PATTERN = [`String should match pattern '^[a-zA-Z0-9_-]+$'`, 'string_pattern_mismatch'] as const;
  const WHOLE = ['Input should be a valid integer', 'int_type'] as const;

  it.each([
    ['nothing', {}, [name('Field required', 'missing')]],
    ['null', { room_name: null }, [name('Input should be a valid string', 'string_type')]],
    ['a number', { room_name: 12345 }, [name('Input should be a valid string', 'string_type')]],
    ['two characters', { room_name: 'ab' }, [name('String should have at least 3 characters', 'string_too_short')]],
    [
      '51 characters',
      { room_name: 'a'.repeat(51) },
      [name('String should have at most 50 characters', 'string_too_long')],
    ],
    ['a space', { room_name: 'team alpha' }, [name(...PATTERN)]],
    ['a space at the end', { room_name: 'team ' }, [name(...PATTERN)]],
    ['a new line at the end', { room_name: 'team\n' }, [name(...PATTERN)]],
    ['한글', { room_name: '팀알파' }, [name(...PATTERN)]],
  ])('refuses a name of %s', async (_, body, details) => {
    expect(seen(await house.call('POST', '/api/v1/rooms', { body }))).toEqual(invalid(details));
  });

  it('takes every name that fits the printed rule', async () => {
    for (const room_name of ['---', '___', '-_-']) {
      const reply = await house.call('POST', '/api/v1/rooms', { body: { room_name } });
      expect([reply.status, (reply.body as { data: { room_name: string } }).data.room_name]).toEqual([201, room_name]);
    }
  });

  it.each(['PATCH', 'PUT'])('%s: names alone are wrong, so the code on top says so', async (method) => {
    const room = await house.create();
    const change = (body: object) => room.call(method, '', { ...room.asHost, body }).then(seen);
    expect(await change({ room_name: '팀알파' })).toEqual(invalid([name(...PATTERN)], 'ROOM_NAME_INVALID'));
    expect(await change({ room_name: '팀알파', control: 'nobody' })).toMatchObject({
      status: 422,
      body: { error: { code: 'VALIDATION_ERROR' } },
    });
    expect(await change({ room_name: 'team-beta' })).toMatchObject({
      status: 200,
      body: { data: { room_name: 'team-beta', work_duration: 1_500 }, message: 'Room updated successfully' },
    });
  });

  it.each([
    ['work', 0, 'Input should be greater than or equal to 1', 'greater_than_equal'],
    ['work', 61, 'Input should be less than or equal to 60', 'less_than_equal'],
    ['work', '25', ...WHOLE],
    ['work', 25.5, ...WHOLE],
    ['work', true, ...WHOLE],
    ['break', 0, 'Input should be greater than or equal to 1', 'greater_than_equal'],
    ['break', 31, 'Input should be less than or equal to 30', 'less_than_equal'],
    ['break', [5], ...WHOLE],
  ] as const)('refuses %s minutes of %j as INVALID_DURATION', async (field, value, msg, type) => {
    const body = { room_name: 'team-alpha', [`${field}_duration_minutes`]: value };
    expect(seen(await house.call('POST', '/api/v1/rooms', { body }))).toEqual(
      invalid([minutes(field, msg, type)], 'INVALID_DURATION'),
    );
  });

  it('names every violation, and both durations together', async () => {
    const durations = { work_duration_minutes: 0, break_duration_minutes: 'x' };
    const wrong = [
      minutes('work', 'Input should be greater than or equal to 1', 'greater_than_equal'),
      minutes('break', ...WHOLE),
    ];
    expect(
      seen(await house.call('POST', '/api/v1/rooms', { body: { room_name: 'team-alpha', ...durations } })),
    ).toEqual(invalid(wrong, 'INVALID_DURATION'));
    const all = await house.call('POST', '/api/v1/rooms', {
      body: { room_name: '!', ...durations, auto_start_break: 1 },
    });
    const details = [
      ...wrong,
      { loc: ['body', 'auto_start_break'], msg: 'Input should be a valid boolean', type: 'bool_type' },
      name('String should have at least 3 characters', 'string_too_short'),
    ];
    expect(seen(all)).toEqual(invalid(expect.arrayContaining(details) as object[]));
    expect((all.body as { error: { details: object[] } }).error.details).toHaveLength(4);
  });

  it('a body that is no object, and none at all', async () => {
    const [type, msg] = [
      'model_attributes_type',
      'Input should be a valid dictionary or object to extract fields from',
    ];
    for (const body of ['[]', '"a"', '1', 'null']) {
      expect(seen(await house.call('POST', '/api/v1/rooms', { body }))).toEqual(
        invalid([{ loc: ['body'], msg, type }]),
      );
    }
    expect(seen(await house.call('POST', '/api/v1/rooms'))).toEqual(
      invalid([{ loc: ['body'], msg: 'Field required', type: 'missing' }]),
    );
  });
});

describe('what the transport refuses', () => {
  it.each(['{"room_name": ', '{', 'team-alpha', '{"room_name": "a" "b"}'])('malformed JSON %j', async (body) => {
    expect(seen(await house.call('POST', '/api/v1/rooms', { body }))).toEqual(
      failure(400, 'BAD_REQUEST', 'Malformed JSON'),
    );
  });

  it('malformed JSON where a body is optional', async () => {
    const room = await house.create();
    expect(seen(await room.timer('start', { body: '{' }))).toEqual(failure(400, 'BAD_REQUEST', 'Malformed JSON'));
    expect(await room.state()).toEqual(roomTimer());
  });

  it('a body over the limit', async () => {
    const body = { room_name: 'x'.repeat(3_000) };
    expect(seen(await house.call('POST', '/api/v1/rooms', { body }))).toEqual(
      failure(413, 'PAYLOAD_TOO_LARGE', expect.any(String) as string),
    );
  });

  it.each(['/api/v1/nothing', '/api/v1/rooms/x/y/z', `/api/v1/rooms/${UNKNOWN}/timer`, '/api/v1/timers'])(
    'an unknown route: %s',
    async (path) => {
      expect(seen(await house.call('GET', path))).toEqual(failure(404, 'NOT_FOUND', expect.any(String) as string));
    },
  );

  it.each([
    ['PUT', '/api/v1/rooms', 'POST'],
    ['GET', '/api/v1/rooms', 'POST'],
    ['POST', `/api/v1/rooms/${UNKNOWN}`, 'GET, HEAD, PATCH, DELETE'],
    ['GET', `/api/v1/rooms/${UNKNOWN}/timer/start`, 'POST'],
    ['POST', `/api/v1/rooms/${UNKNOWN}/statistics`, 'GET, HEAD'],
    ['PUT', `/api/v1/rooms/${UNKNOWN}/participants`, 'POST, GET, HEAD'],
    ['GET', `/api/v1/rooms/${UNKNOWN}/participants/x`, 'DELETE'],
    ['DELETE', '/api/v1/health', 'GET, HEAD'],
  ])('a method that a route does not have: %s %s', async (method, path, allow) => {
    const reply = await house.call(method, path);
    expect(seen(reply)).toEqual(failure(405, 'METHOD_NOT_ALLOWED', expect.any(String) as string));
    const methods = (list: string) =>
      list
        .split(', ')
        .filter((one) => one !== 'OPTIONS')
        .sort();
    expect(methods(reply.headers.get('allow') ?? '')).toEqual(
      expect.arrayContaining(methods(allow).filter((one) => one !== 'HEAD')),
    );
  });
});

describe('a room that does not exist', () => {
  const CALLS = [
    ['GET', '', undefined],
    ['PATCH', '', { room_name: 'other' }],
    ['DELETE', '', undefined],
    ['POST', '/timer/start', {}],
    ['POST', '/timer/pause', undefined],
    ['POST', '/timer/resume', undefined],
    ['POST', '/timer/reset', undefined],
    ['GET', '/statistics', undefined],
    ['POST', '/participants', { participant_name: 'Alice' }],
    ['GET', '/participants', undefined],
    ['DELETE', '/participants/user-1', undefined],
  ] as const;

  it.each(CALLS)('%s %s', async (method, below, body) => {
    for (const id of [UNKNOWN, UNKNOWN.toUpperCase(), 'no-uuid', '1', `${UNKNOWN}0`]) {
      expect(seen(await house.call(method, `/api/v1/rooms/${id}${below}`, body && { body }))).toEqual(notFound(id));
    }
  });

  it('is found in capitals too, when it exists', async () => {
    const room = await house.create();
    expect(seen(await house.call('GET', `/api/v1/rooms/${room.id.toUpperCase()}`))).toEqual(
      seen(await room.call('GET')),
    );
  });
});

describe('an Authorization header that does not verify', () => {
  it.each([
    ['POST', '/api/v1/rooms'],
    ['GET', `/api/v1/rooms/${UNKNOWN}`],
    ['POST', `/api/v1/rooms/${UNKNOWN}/timer/start`],
    ['GET', '/api/v1/nothing'],
  ])('%s %s', async (method, path) => {
    for (const Authorization of ['Bearer nonsense', 'Bearer ', 'Token abc', '', 'Basic YTpi']) {
      const reply = await house.call(method, path, { headers: { Authorization } });
      expect(seen(reply)).toEqual(failure(401, 'UNAUTHORIZED', 'Invalid token'));
    }
  });

  it('makes no room', async () => {
    const count = () => house.dataSource.query<unknown[]>('SELECT count(*) FROM rooms');
    const before = await count();
    await house.call('POST', '/api/v1/rooms', { body: { room_name: 'team-alpha' }, token: 'nonsense' });
    expect(await count()).toEqual(before);
  });
});

it('checks in this order: 401, 422, 404, 403', async () => {
  const room = await house.create();
  const bad = { body: { room_name: '!' } };
  expect(await room.call('PATCH', '', { ...bad, token: 'x' })).toMatchObject({ status: 401 });
  expect(await house.call('PATCH', `/api/v1/rooms/${UNKNOWN}`, bad)).toMatchObject({ status: 422 });
  expect(await house.call('PATCH', `/api/v1/rooms/${UNKNOWN}`, { body: {} })).toMatchObject({ status: 404 });
  expect(await room.call('PATCH', '', { body: {} })).toMatchObject({ status: 403 });
});

describe('starting', () => {
  it.each([['long'], [1], [['work']], ['Work'], ['']])('refuses a session type of %j', async (value) => {
    const room = await house.create();
    const detail = { loc: ['body', 'session_type'], msg: `Input should be 'work' or 'break'`, type: 'enum' };
    expect(seen(await room.timer('start', { body: { session_type: value } }))).toEqual(invalid([detail]));
    expect(await room.state()).toEqual(roomTimer());
  });

  it('an empty body of a JSON content type is fine everywhere', async () => {
    const room = await house.create();
    const empty = { headers: { 'Content-Type': 'application/json' } };
    for (const verb of ['start', 'pause', 'resume', 'reset'] as const) {
      expect(await room.timer(verb, empty)).toMatchObject({ status: 200 });
    }
  });
});

describe('health', () => {
  it.each(['/health', '/api/v1/health'])('%s has no envelope', async (path) => {
    const reply = await house.call('GET', path, path === '/health' ? {} : { token: 'nonsense' });
    expect(seen(reply)).toEqual({
      status: 200,
      body: {
        status: 'healthy',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        version: packageVersion,
      },
    });
  });
});

describe('PATCH', () => {
  const update = async (settings: object, sent: object = {}) => {
    const room = await house.create();
    const reply = await room.call('PATCH', '', { ...room.asHost, body: settings, ...sent });
    return { room, reply };
  };

  it('changes what is named, and answers as GET', async () => {
    const changed = { room_name: 'team-beta', work_duration_minutes: 50, break_duration_minutes: 10 };
    const { room, reply } = await update({ ...changed, auto_start_break: false, control: 'host' });
    const data = shown(room.id, room.createdAt, {
      ...{ room_name: 'team-beta', work_duration: 3_000, break_duration: 600 },
      ...{ auto_start_break: false, control: 'host' },
      timer_state: roomTimer({ remaining_seconds: 3_000, duration_seconds: 3_000, revision: 2 }),
    });
    expect(seen(reply)).toEqual(success(data, 'Room updated successfully'));
    expect(seen(await room.call('GET'))).toEqual(success(data));
  });

  it('a change of nothing is none', async () => {
    const { room, reply } = await update({ room_name: 'team-alpha', control: null, work_duration_minutes: null });
    const data = shown(room.id, room.createdAt);
    expect(seen(reply)).toEqual(success(data, 'Room updated successfully'));
  });

  it('a running session keeps its target, the next one does not', async () => {
    const room = await house.create();
    await room.timer('start');
    const target = house.at(1_500);
    const started = await room.state();
    await room.call('PATCH', '', { ...room.asHost, body: { work_duration_minutes: 10, break_duration_minutes: 2 } });
    expect(await room.state()).toEqual({ ...started, revision: 3 });
    await house.later(1_500);
    await house.tick();
    expect(await room.state()).toEqual(
      roomTimer({
        ...{ status: 'running', session_type: 'break', remaining_seconds: 120, duration_seconds: 120 },
        ...{ started_at: target, target_timestamp: house.at(120), revision: 4 },
      }),
    );
    await room.timer('reset');
    expect(await room.state()).toEqual(roomTimer({ remaining_seconds: 600, duration_seconds: 600, revision: 5 }));
  });

  it('a paused session goes on to where it was going', async () => {
    const room = await house.create();
    await room.timer('start');
    await house.later(600);
    await room.timer('pause');
    await room.call('PATCH', '', { ...room.asHost, body: { work_duration_minutes: 10 } });
    expect((await room.timer('resume')).body).toMatchObject({
      data: { remaining_seconds: 900, target_timestamp: house.at(900), duration_seconds: 1_500, revision: 5 },
    });
  });

  it('refuses what creation refuses', async () => {
    const { reply } = await update({ room_name: 'a b c', work_duration_minutes: 0, control: 'nobody' });
    const details = (reply.body as { error: { details: { loc: string[]; type: string }[] } }).error.details;
    expect(details.map(({ loc, type }) => [loc.at(-1), type]).sort()).toEqual([
      ['control', 'enum'],
      ['room_name', 'string_pattern_mismatch'],
      ['work_duration_minutes', 'greater_than_equal'],
    ]);
  });
});

describe('DELETE', () => {
  it('takes the room with everything in it', async () => {
    const room = await house.create();
    await room.timer('start');
    await room.join('Alice');
    await room.enter();
    const reply = await room.call('DELETE', '', room.asHost);
    expect([reply.status, reply.body]).toEqual([204, undefined]);
    expect(seen(await room.call('GET'))).toEqual(notFound(room.id));
    expect(seen(await room.call('DELETE', '', room.asHost))).toEqual(notFound(room.id));
    for (const [table, column] of [
      ...['rooms:id', 'room_clocks:room_id', 'participants:room_id', 'room_presence:room_id', 'timers:room_id'],
      ...['timer_changes:owner'],
    ].map((pair) => pair.split(':'))) {
      const left: unknown[] = await house.dataSource.query(`SELECT FROM ${table} WHERE ${column} = $1`, [room.id]);
      expect([table, left]).toEqual([table, []]);
    }
    const due: unknown[] = await house.dataSource.query(
      `SELECT FROM timer_deadlines d WHERE NOT EXISTS (SELECT FROM timers t WHERE t.id = d.timer_id)`,
    );
    expect(due).toEqual([]);
  });
});

describe('participants', () => {
  it('join over REST, and hold no place without a socket', async () => {
    const room = await house.create();
    const reply = await room.call('POST', '/participants', { body: { participant_name: '앨리스 💡' } });
    const data = {
      participant_id: expect.stringMatching(/^user-[\w-]{12}$/) as string,
      participant_token: aToken,
      room_id: room.id,
      name: '앨리스 💡',
      is_host: false,
      joined_at: house.at(),
    };
    expect(seen(reply)).toEqual(success(data, undefined, 201));
    expect(seen(await room.call('GET', '/participants'))).toEqual(success({ participants: [], count: 0 }));
  });

  const wrong = (msg: string, type: string) => invalid([{ loc: ['body', 'participant_name'], msg, type }]);
  it.each([
    [{}, wrong('Field required', 'missing')],
    [{ participant_name: null }, wrong('Input should be a valid string', 'string_type')],
    [{ participant_name: 7 }, wrong('Input should be a valid string', 'string_type')],
    [{ participant_name: '' }, wrong('String should have at least 1 character', 'string_too_short')],
    [{ participant_name: 'x'.repeat(51) }, wrong('String should have at most 50 characters', 'string_too_long')],
    [
      { participant_name: 'a\u0000b' },
      wrong('Value error, text must not contain U+0000 or a lone surrogate', 'value_error'),
    ],
  ])('refuses %j', async (body, refusal) => {
    const room = await house.create();
    expect(seen(await room.call('POST', '/participants', { body }))).toEqual(refusal);
  });

  it('are listed in the order they came, with the host among them', async () => {
    const room = await house.create();
    await room.enter({ query: { name: 'Alice' } });
    const joinedFirst = house.at();
    await house.later(5);
    const host = await room.join('Chief', room.asHost);
    await room.enter({ protocols: [`participant.${host.participant_token}`] });
    const { body } = await room.call('GET', '/participants');
    expect(body).toEqual({
      status: 'success',
      data: {
        participants: [
          { participant_id: expect.any(String) as string, name: 'Alice', is_host: false, joined_at: joinedFirst },
          { participant_id: host.participant_id, name: 'Chief', is_host: true, joined_at: house.at() },
        ],
        count: 2,
      },
    });
    expect((await room.call('GET')).body).toMatchObject({
      data: { current_participants: 2, host: { participant_id: host.participant_id, name: 'Chief' } },
    });
  });
});
