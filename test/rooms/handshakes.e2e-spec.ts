import { type Frame, hangUpAll, knock, type Person } from '../support/sockets.js';
import { until } from '../support/server.js';
import { failure, type House, notFound, startHouse, type TestRoom } from '../support/rooms.js';

/** Who is in a room, as whom, and who hears of it (docs/spec/rooms.md#who-is-who and "Socket"). */

let house: House;
let person: Person;
/** Made anew for each test; few fit in. */
let room: TestRoom;

beforeAll(async () => {
  house = await startHouse({ env: { ROOM_MAX_PARTICIPANTS: '4' } });
  person = await house.signUp('Alice');
});
beforeEach(async () => {
  room = await house.create();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(() => house.close());

const UNKNOWN = '550e8400-e29b-41d4-a716-446655440000';

describe('capacity', () => {
  it('is counted atomically: of ten at once four come in, the others are told over HTTP', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        room.open().then(
          () => 101,
          (error: unknown) => Number(/\d{3}$/.exec(String(error))?.[0]),
        ),
      ),
    );
    expect(answers.sort()).toEqual([101, 101, 101, 101, 409, 409, 409, 409, 409, 409]);
    expect(await knock(house.url, `/ws/room/${room.id}`)).toMatchObject(
      failure(409, 'MAX_PARTICIPANTS_REACHED', 'Room is full (4 participants)'),
    );
  });

  it('a second tab takes no place, and one who leaves makes room; a join over REST holds none', async () => {
    const mine = await room.join('Alice');
    const tabs = { protocols: [`participant.${mine.participant_token}`] };
    const [guest] = [await room.enter(), await room.enter(), await room.enter(), await room.enter(tabs)];
    await expect(room.open()).rejects.toThrow('409');
    await room.join('Bob');
    await room.enter(tabs);
    expect(await room.count()).toBe(4);
    guest.socket.close();
    await until(async () => (await room.count()) === 3, 5_000);
    await room.enter();
    await expect(room.open()).rejects.toThrow('409');
  });

  it('a proven host always gets in, by token, cookie and account, beyond the number', async () => {
    const hosted = await house.create({}, { token: person.token });
    for (let nth = 0; nth < 4; nth += 1) await hosted.enter();
    await expect(hosted.open()).rejects.toThrow('409');
    await hosted.enter({ protocols: [`host.${hosted.hostToken}`] });
    await hosted.enter({ options: { headers: { Cookie: hosted.cookie } } });
    await hosted.enter({ token: person.token });
    const personal = await person.connect();
    expect(await personal.ask({ type: 'room.join', payload: { room_id: hosted.id } })).toMatchObject({
      type: 'room.joined',
    });
    expect(((await hosted.call('GET')).body as { data: Frame }).data).toMatchObject({
      current_participants: 7,
      max_participants: 4,
    });
    await expect(hosted.open()).rejects.toThrow('409');
  });

  it('a handshake that comes to nothing holds none', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await knock(house.url, `/ws/room/${room.id}`, { 'Sec-WebSocket-Key': '' })).toMatchObject({ status: 400 });
    }
    await until(async () => (await room.count()) === 0, 5_000);
    expect(await room.presences()).toEqual([]);
  });
});

describe('refused handshakes are HTTP answers', () => {
  const at = (path: string, headers?: Record<string, string>) => knock(house.url, path, headers);

  it.each([
    ['an unknown room', () => `/ws/room/${UNKNOWN}`, {}, () => notFound(UNKNOWN)],
    ['no UUID', () => '/ws/room/abc', {}, () => notFound('abc')],
    ['a broken escape', () => '/ws/room/%zz', {}, () => notFound('%zz')],
    ['a bad token', () => `/ws/room/${room.id}?token=x`, {}, () => failure(401, 'UNAUTHORIZED', 'Invalid token')],
    [
      'a bad token in a subprotocol',
      () => `/ws/room/${room.id}`,
      { 'Sec-WebSocket-Protocol': 'authorization.bearer.x' },
      () => failure(401, 'UNAUTHORIZED', 'Invalid token'),
    ],
    [
      'an unknown participant token',
      () => `/ws/room/${room.id}`,
      { 'Sec-WebSocket-Protocol': 'participant.x' },
      () => failure(401, 'UNAUTHORIZED', 'Invalid token'),
    ],
    [
      'a foreign page',
      () => `/ws/room/${room.id}`,
      { Origin: 'https://evil.example' },
      () => failure(403, 'FORBIDDEN', expect.any(String) as string),
    ],
    [
      'an empty name',
      () => `/ws/room/${room.id}?name=`,
      {},
      () => invalidQuery('name', 'String should have at least 1 character', 'string_too_short'),
    ],
    [
      'a name of 51',
      () => `/ws/room/${room.id}?name=${'x'.repeat(51)}`,
      {},
      () => invalidQuery('name', 'String should have at most 50 characters', 'string_too_long'),
    ],
    [
      'an unknown dialect',
      () => `/ws/room/${room.id}?dialect=morse`,
      {},
      () => invalidQuery('dialect', `Input should be 'type-payload' or 'action-event'`, 'enum'),
    ],
  ])('%s', async (_, path, headers, refusal) => {
    expect(await at(path(), headers)).toMatchObject(refusal());
    expect(await room.presences()).toEqual([]);
  });

  const invalidQuery = (field: string, msg: string, type: string) =>
    failure(422, 'VALIDATION_ERROR', 'Invalid input data', [{ loc: ['query', field], msg, type }]);

  it('in the order 401, 422, 404', async () => {
    const bad = `?name=&token=x`;
    expect(await at(`/ws/room/${UNKNOWN}${bad}`)).toMatchObject({ status: 401 });
    expect(await at(`/ws/room/${UNKNOWN}?name=`)).toMatchObject({ status: 422 });
    expect(await at(`/ws/room/${UNKNOWN}?name=x`)).toMatchObject({ status: 404 });
  });

  it('five sockets of one person, then 429', async () => {
    const limited = await startHouse({ connection: house.connection, env: { RATE_LIMIT_ENABLED: 'true' } });
    try {
      const { participant_token: token } = await room.join('Alice');
      const opening = { path: `/ws/room/${room.id}`, protocols: [`participant.${token}`] };
      for (let tab = 0; tab < 5; tab += 1) await limited.open(opening);
      const headers = { 'Sec-WebSocket-Protocol': `participant.${token}` };
      const refusal = await knock(limited.url, `/ws/room/${room.id}`, headers);
      expect(refusal).toMatchObject(failure(429, 'RATE_LIMITED', 'Too many requests'));
      expect(refusal.headers['retry-after']).toMatch(/^\d+$/);
      // The entry of the sixth is removed after the answer. A removal that a busy database refused is tried again, which is
      // periodic work that tests do themselves.
      const leaves = Reflect.get(limited.presence, 'leaves') as { retry(): Promise<void> };
      await until(async () => {
        await leaves.retry();
        return (await room.presences())[0]?.open === 5;
      }, 15_000);
    } finally {
      await hangUpAll();
      await limited.close();
    }
  });
});

describe('frames that a room does not understand', () => {
  const error = (code: string, message: string) => ({
    event: 'error',
    error: { code, message },
    timestamp: house.at(),
  });

  it.each([
    ['not JSON', 'hello', 'VALIDATION_ERROR', 'Message is not a JSON object'],
    ['an array', '[]', 'VALIDATION_ERROR', 'Message is not a JSON object'],
    ['null', 'null', 'VALIDATION_ERROR', 'Message is not a JSON object'],
    ['binary', Buffer.from([0xff]), 'VALIDATION_ERROR', 'Message is not a JSON object'],
    ['data that is none', { action: 'start_timer', data: 5 }, 'VALIDATION_ERROR', 'data must be an object'],
    ['an unknown action', { action: 'invalid_action' }, 'INVALID_ACTION', `Unknown action: 'invalid_action'`],
    ['no action', {}, 'INVALID_ACTION', `Unknown action: 'null'`],
    ['a number', { action: 7 }, 'INVALID_ACTION', `Unknown action: '7'`],
    ['an object', { action: { a: 1 } }, 'INVALID_ACTION', `Unknown action: '{"a":1}'`],
    ['stop', { action: 'stop_timer' }, 'INVALID_ACTION', `Unknown action: 'stop_timer'`],
    ['cancel', { action: 'cancel_timer' }, 'INVALID_ACTION', `Unknown action: 'cancel_timer'`],
    [
      'a bad session type',
      { action: 'start_timer', data: { session_type: 'long' } },
      'VALIDATION_ERROR',
      'Invalid input data',
    ],
  ])('%s: to the sender alone, and the socket stays open', async (_, frame, code, message) => {
    const [sender, other] = [await room.enter(), await room.enter()];
    await sender.heard();
    sender.say(frame);
    expect(await house.heardBy(sender, other)).toEqual([[error(code, message)], []]);
    expect(await sender.ask({ action: 'ping' })).toEqual({
      event: 'pong',
      data: { server_time: house.clock.ms },
      timestamp: house.at(),
    });
  });

  it('session_type is understood beside data, too, and what is not known is ignored', async () => {
    const device = await room.enter();
    const frame = { action: 'start_timer', session_type: 'break', colour: 'red', data: { shade: 1 } };
    expect(await device.ask(frame)).toMatchObject({ event: 'timer_update', data: { session_type: 'break' } });
  });
});
