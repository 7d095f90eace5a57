import { Transactions } from '../../src/database/transactions.js';
import { SignalFollower } from '../../src/signals/signal-follower.js';
import { RoomArrival } from '../../src/rooms/socket/room-arrival.js';
import { type Device, type Frame, hangUpAll, knock, type Opening, type Person } from '../support/sockets.js';
import { until } from '../support/server.js';
import {
  failure,
  type House,
  idOf,
  notFound,
  people,
  roomTimer,
  seen,
  startHouse,
  type TestRoom,
  timerUpdate,
} from '../support/rooms.js';

/** Who is in a room, as whom, and who hears of it (rooms.md, "Who is who" and "Socket"). */

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

const aGuestId = expect.stringMatching(/^user-[\w-]{12}$/) as string;
const aGuestName = expect.stringMatching(/^Guest-[2-9A-Z]{4}$/) as string;
const UNKNOWN = '550e8400-e29b-41d4-a716-446655440000';

const list = (participants: readonly Frame[]): Frame => ({
  event: 'participant_list',
  data: { participants, current_count: participants.length },
  timestamp: house.at(),
});
const joined = (id: string, name: string, count: number): Frame => people('joined', id, name, count, house.at());
const left = (id: string, name: string, count: number): Frame => people('left', id, name, count, house.at());
const count = async (): Promise<unknown> =>
  ((await room.call('GET')).body as { data: { current_participants: number } }).data.current_participants;

/** What they are told once everything has arrived. */
async function heardBy(...devices: Device[]): Promise<Frame[][]> {
  await house.settle();
  const heard: Frame[][] = [];
  for (const device of devices) heard.push(await device.heard());
  return heard;
}

/** Everything a newcomer is told. */
async function welcomed(device: Device): Promise<Frame[]> {
  await until(() => device.frames.length >= 2, 5_000);
  return (await heardBy(device)).flat();
}

async function gone(device: Device): Promise<void> {
  device.hangUp();
  await device.closed;
}

const placesOf = (of: TestRoom): Promise<{ participant_id: string; open: number; closed: number }[]> =>
  house.dataSource.query(
    `SELECT participant_id, count(*) FILTER (WHERE went_at IS NULL)::int AS open,
       count(*) FILTER (WHERE went_at IS NOT NULL)::int AS closed
     FROM room_presence WHERE room_id = $1 GROUP BY participant_id ORDER BY min(came_at)`,
    [of.id],
  );

describe('coming and going', () => {
  it('a newcomer is told the timer, then who is here, and everybody that they have come', async () => {
    const first = await room.open({ query: { name: 'Alice' } });
    const alice = await welcomed(first);
    const id = idOf(first);
    expect(alice).toEqual([
      timerUpdate(roomTimer(), house.at()),
      list([{ id, name: 'Alice' }]),
      joined(id, 'Alice', 1),
    ]);
    await room.timer('start');
    await house.later(10);
    const second = await room.open({ query: { name: 'Bob' } });
    const running = { status: 'running', remaining_seconds: 1_490, started_at: house.at(-10), revision: 2 };
    const bob = await welcomed(second);
    const other = idOf(second);
    expect(bob).toEqual([
      timerUpdate(roomTimer({ ...running, target_timestamp: house.at(1_490) }), house.at()),
      list([
        { id, name: 'Alice' },
        { id: other, name: 'Bob' },
      ]),
      joined(other, 'Bob', 2),
    ]);
    expect((await first.heard()).filter(({ event }) => event !== 'timer_update')).toEqual([joined(other, 'Bob', 2)]);
    second.socket.close();
    await second.closed;
    expect(await first.next()).toEqual(left(other, 'Bob', 1));
    expect([await first.heard(), await count()]).toEqual([[], 1]);
  });

  it('in type/payload the same', async () => {
    const device = await room.open({ query: { name: 'Alice', dialect: 'type-payload' } });
    const heard = await welcomed(device);
    const participant = { id: aGuestId, name: 'Alice' };
    const timestamp = house.at();
    expect(heard).toEqual([
      {
        type: 'timer.updated',
        payload: { timer: { room_id: room.id, ...roomTimer({ status: 'IDLE' }) }, action: 'sync' },
        timestamp,
        change_id: expect.any(String) as string,
      },
      { type: 'room.participants', payload: { participants: [participant], current_count: 1 }, timestamp },
      { type: 'room.participant', payload: { action: 'joined', participant, current_count: 1 }, timestamp },
    ]);
  });

  it('a second tab of the same person neither joins nor leaves, and is told who is here', async () => {
    const { participant_id: id, participant_token: token } = await room.join('Alice');
    const bystander = await room.enter({ query: { name: 'Bob' } });
    await house.later(1);
    const opening = { protocols: [`participant.${token}`] };
    const tabs = [await room.open(opening)];
    expect(await bystander.next()).toEqual(joined(id, 'Alice', 2));
    tabs.push(await room.open({ options: { headers: { 'X-Participant-Token': token } } }));
    const here = [
      { id: idOf(bystander), name: 'Bob' },
      { id, name: 'Alice' },
    ];
    expect(tabs[0]?.socket.protocol).toBe(`participant.${token}`);
    expect(await welcomed(tabs[1] as Device)).toEqual([timerUpdate(roomTimer(), house.at()), list(here)]);
    expect([await bystander.heard(), await count()]).toEqual([[], 2]);
    await gone(tabs[0] as Device);
    await until(async () => (await placesOf(room)).some(({ closed }) => closed === 1), 5_000);
    expect(await heardBy(bystander)).toEqual([[]]);
    await gone(tabs[1] as Device);
    expect(await bystander.next()).toEqual(left(id, 'Alice', 1));
    expect(await heardBy(bystander)).toEqual([[]]);
  });

  it('the tabs of one account are one person, under a public id that is not theirs', async () => {
    const [one, other] = [await room.enter({ token: person.token }), await room.enter({ token: person.token })];
    const elsewhere = await house.create();
    const there = await elsewhere.enter({ protocols: [`authorization.bearer.${person.token}`] });
    expect(there.socket.protocol).toBe(`authorization.bearer.${person.token}`);
    expect([idOf(one), idOf(other), await count()]).toEqual([aGuestId, '', 1]);
    expect(idOf(there)).not.toBe(idOf(one));
    expect(JSON.stringify([one.frames, there.frames])).not.toContain(person.id);
    expect((one.frames[1]?.['data'] as Frame)['participants']).toEqual([{ id: idOf(one), name: 'Alice' }]);
  });

  it('whoever enters again under another name leaves and comes to the others', async () => {
    const as = (name: string) => ({ token: person.token, query: { name } });
    const one = await room.enter(as('Bob'));
    await one.heard();
    const other = await room.enter(as('Robert'));
    const id = idOf(one);
    expect((other.frames[1]?.['data'] as Frame)['participants']).toEqual([{ id, name: 'Robert' }]);
    await house.settle();
    expect((await one.heard()).map(({ data }) => data)).toEqual([
      { action: 'left', participant: { id, name: 'Bob' }, participant_id: id, current_count: 0 },
      { action: 'joined', participant: { id, name: 'Robert' }, participant_id: id, current_count: 1 },
    ]);
  });

  it('a guest without a name is Guest-<4 characters>, each of them somebody else', async () => {
    const guests = [await room.enter(), await room.enter()];
    expect(idOf(guests[0] as Device)).not.toBe(idOf(guests[1] as Device));
    const { body } = await room.call('GET', '/participants');
    const guest = { participant_id: aGuestId, name: aGuestName, is_host: false, joined_at: house.at() };
    expect(body).toEqual({ status: 'success', data: { participants: [guest, guest], count: 2 } });
  });

  it('somebody who is gone before they were welcomed has not joined after they left', async () => {
    const bystander = await room.enter();
    for (let turn = 0; turn < 10; turn += 1) {
      // Four fit in, and on a busy machine some have not left yet.
      await until(async () => (await count()) !== 4, 5_000);
      (await room.open({ query: { name: 'Hasty' } })).hangUp();
    }
    await until(async () => (await placesOf(room)).every(({ open, closed }) => open === 0 || closed === 0), 5_000);
    await until(async () => (await count()) === 1, 5_000);
    await until(async () => {
      await house.settle();
      const told = bystander.frames.filter(({ event, data }) => event === 'participant_update' && isHasty(data));
      return told.length % 2 === 0;
    }, 5_000);
    const told = (await heardBy(bystander)).flat().map(({ data }) => data as Frame);
    const here = new Set<unknown>();
    for (const { action, participant_id: id } of told) {
      expect([action, here.has(id)]).toEqual([action, action === 'left']);
      if (action === 'left') here.delete(id);
      else here.add(id);
    }
    expect([...here]).toEqual([]);
  });

  const isHasty = (data: unknown) => ((data as Frame)['participant'] as Frame)['name'] === 'Hasty';
});

describe('with several instances, of which each meets the others’ news later than its own', () => {
  let other: House;

  beforeEach(async () => {
    other = await startHouse({ connection: house.connection, clock: house.clock });
  });
  afterEach(() => other.close());

  /** The other instance does not read what this one writes; resolves to how it does again. */
  function deafen(): () => Promise<void> {
    const follower = other.app.get(SignalFollower);
    const follow = jest.spyOn(follower, 'follow').mockResolvedValue();
    return () => {
      follow.mockRestore();
      return other.settle();
    };
  }

  const enter = async (opening: Opening = {}): Promise<Device> => {
    const device = await other.open({ path: `/ws/room/${room.id}`, ...opening });
    await device.until(() => idOf(device) !== '');
    return device;
  };

  it('an old count does not come after a newer one', async () => {
    const [first, bystander, second] = [await room.enter(), await enter(), await enter({ query: { name: 'Second' } })];
    await other.settle();
    await bystander.heard();
    const hear = deafen();
    await gone(first);
    await until(async () => (await count()) === 2, 5_000);
    await gone(second);
    await bystander.until(() =>
      bystander.frames.some(({ data }) => (data as Frame | undefined)?.['action'] === 'left'),
    );
    await hear();
    const told = (await bystander.heard()).map(({ data }) => data as Frame);
    expect(told.map((data) => [data['participant_id'], data['current_count']])).toEqual([
      [idOf(second), 1],
      [idOf(first), 1],
    ]);
  });

  it('who has come back elsewhere has not left after that', async () => {
    const { participant_token: token } = await room.join('Alice');
    const alice = { protocols: [`participant.${token}`] };
    const [before, bystander] = [await room.enter(alice), await enter()];
    await other.settle();
    await bystander.heard();
    const hear = deafen();
    await gone(before);
    await until(async () => (await count()) === 1, 5_000);
    const back = await enter(alice);
    await hear();
    expect(await bystander.heard()).toEqual([joined(idOf(back), 'Alice', 2)]);
  });
});

describe('presence is stored', () => {
  it('with the handshake, kept alive, closed with the end', async () => {
    const device = await room.enter({ token: person.token });
    const cameAt = house.at();
    await house.later(10);
    const rows = () =>
      house.dataSource.query<Frame[]>(
        `SELECT user_id, came_at, seen_at, went_at FROM room_presence WHERE room_id = $1`,
        [room.id],
      );
    const at = (text: string) => new Date(text);
    expect(await rows()).toEqual([{ user_id: person.id, came_at: at(cameAt), seen_at: at(house.at()), went_at: null }]);
    await house.later(3);
    device.socket.close();
    await device.closed;
    await until(async () => (await rows())[0]?.['went_at'] !== null, 5_000);
    expect(await rows()).toMatchObject([{ came_at: at(cameAt), went_at: at(house.at()) }]);
  });

  it('people of an instance that died leave at their last sign of life, and are told to have', async () => {
    const bystander = await room.enter();
    const { participant_id: id } = await room.join('Dead');
    const seenAt = house.at();
    await house.dataSource.query(
      `INSERT INTO room_presence (id, room_id, participant_id, instance, came_at, seen_at)
       VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), $3, $3)`,
      [room.id, id, seenAt],
    );
    await house.later(19);
    await house.presence.reap();
    expect([await heardBy(bystander), await count()]).toEqual([[[]], 2]);
    await house.later(1);
    expect(await count()).toBe(1);
    await house.presence.reap();
    expect(await heardBy(bystander)).toEqual([[left(id, 'Dead', 1)]]);
    const rows = await house.dataSource.query<Frame[]>(
      `SELECT went_at FROM room_presence WHERE room_id = $1 AND participant_id = $2`,
      [room.id, id],
    );
    expect(rows).toEqual([{ went_at: new Date(seenAt) }]);
  });

  it('who was given up and is there comes again', async () => {
    const [bystander, device] = [await room.enter(), await room.enter({ query: { name: 'Back' } })];
    await bystander.heard();
    await house.dataSource.query(
      `UPDATE room_presence SET seen_at = seen_at - interval '1 hour' WHERE room_id = $1 AND participant_id = $2`,
      [room.id, idOf(device)],
    );
    await house.presence.reap();
    expect((await heardBy(bystander)).flat()).toEqual([left(idOf(device), 'Back', 1)]);
    await house.presence.keepAlive();
    expect((await heardBy(bystander)).flat()).toEqual([joined(idOf(device), 'Back', 2)]);
  });

  it('a half-open socket ends after 50 s of silence, and its person leaves', async () => {
    const quick = { 30_000: 100, 20_000: 100 } as Record<number, number>;
    const { setInterval: every, setTimeout: after } = globalThis;
    jest.spyOn(globalThis, 'setInterval').mockImplementation((act, ms = 0) => every(act, quick[ms] ?? ms));
    jest.spyOn(globalThis, 'setTimeout').mockImplementation((act, ms = 0) => after(act, quick[ms] ?? ms));
    const silent = await room.enter({ query: { name: 'Silent' } });
    const reader = await room.enter();
    await reader.heard();
    silent.socket.pause();
    expect(await reader.next(3_000)).toEqual(left(idOf(silent), 'Silent', 1));
    expect(await heardBy(reader)).toEqual([[]]);
  });

  /** Holds what a statement takes until it is told to let go. */
  async function holding(statement: string, values: unknown[]): Promise<() => Promise<void>> {
    const runner = house.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(statement, values);
    return async () => {
      await runner.rollbackTransaction();
      await runner.release();
    };
  }
  const openOf = async (device: Device) =>
    (await placesOf(room)).find(({ participant_id: id }) => id === idOf(device))?.open;

  it('a leave that could not be written is tried again, at the time it was, and is not kept alive meanwhile', async () => {
    const [bystander, device] = [await room.enter(), await room.enter({ query: { name: 'Gone' } })];
    await bystander.heard();
    const letGo = await holding(`SELECT FROM room_presence WHERE room_id = $1 FOR UPDATE`, [room.id]);
    await gone(device);
    const wentAt = house.at();
    await until(async () => {
      await house.presence.retryLeaves();
      return house.presence['leaves'].size === 1;
    }, 5_000);
    expect([await openOf(device), await heardBy(bystander)]).toEqual([1, [[]]]);
    await letGo();
    await house.later(15);
    expect(await openOf(device)).toBe(1);
    await house.presence.retryLeaves();
    expect(await heardBy(bystander)).toEqual([[left(idOf(device), 'Gone', 1)]]);
    const rows = await house.dataSource.query<Frame[]>(
      `SELECT went_at FROM room_presence WHERE room_id = $1 AND participant_id = $2`,
      [room.id, idOf(device)],
    );
    expect(rows).toEqual([{ went_at: new Date(wentAt) }]);
  });

  it('somebody whose leave is never written falls silent, although others of the instance are kept alive', async () => {
    const [bystander, device] = [await room.enter(), await room.enter({ query: { name: 'Gone' } })];
    await bystander.heard();
    house.presence['places'].delete(
      [...house.presence['places']].find(({ participantId: id }) => id === idOf(device)) as never,
    );
    await house.later(10);
    await house.later(10);
    await house.presence.reap();
    expect([await count(), (await heardBy(bystander)).flat()]).toEqual([1, [left(idOf(device), 'Gone', 1)]]);
  });

  it('a locked entry, or a room that somebody changes, keeps nobody else from their signs of life or from leaving', async () => {
    const other = await house.create();
    const [locked, free, elsewhere] = [await room.enter(), await room.enter(), await other.enter()];
    const letGo = await holding(`SELECT FROM room_presence WHERE participant_id = $1 FOR UPDATE`, [idOf(locked)]);
    const letRoomGo = await holding(`SELECT FROM room_clocks WHERE room_id = $1 FOR UPDATE`, [room.id]);
    await house.later(12);
    const seenNow = await house.dataSource.query<Frame[]>(
      `SELECT participant_id FROM room_presence WHERE went_at IS NULL AND seen_at = $1`,
      [house.at()],
    );
    expect(new Set(seenNow.map(({ participant_id: id }) => id))).toEqual(new Set([idOf(free), idOf(elsewhere)]));
    free.hangUp();
    await gone(elsewhere);
    await until(async () => (await placesOf(other))[0]?.open === 0, 10_000);
    await letRoomGo();
    await letGo();
    await until(async () => {
      await house.presence.retryLeaves();
      return (await openOf(free)) === 0;
    }, 5_000);
    await house.later(12);
    expect(await openOf(locked)).toBe(1);
  });

  it('time that the database was not seen does not count as silence', async () => {
    const bystander = await room.enter();
    const { participant_id: id } = await room.join('Elsewhere');
    await house.dataSource.query(
      `INSERT INTO room_presence (id, room_id, participant_id, instance, came_at, seen_at)
       VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), $3, $3)`,
      [room.id, id, house.at()],
    );
    house.presence.sight.lost();
    house.clock.ms += 40_000;
    await house.presence.keepAlive();
    await house.presence.reap();
    expect([await count(), await heardBy(bystander)]).toEqual([2, [[]]]);
    await house.later(20);
    expect(await count()).toBe(1);
  });

  it('fifty who leave together are closed by a handful of statements, each counted after the other', async () => {
    const big = await startHouse({ connection: house.connection, clock: house.clock });
    try {
      const one = await big.create();
      const bystander = await one.enter();
      const crowd = await Promise.all(Array.from({ length: 40 }, () => one.enter()));
      await big.settle();
      await bystander.heard();
      const places = [...big.presence['places']].slice(1);
      const run = jest.spyOn(big.app.get(Transactions), 'run');
      await Promise.all(places.map((place) => big.presence.leave(place)));
      expect(run.mock.calls.length).toBeLessThanOrEqual(3);
      await big.settle();
      const told = (await bystander.heard()).map(({ data }) => (data as Frame)['current_count']);
      expect(told).toEqual(Array.from({ length: 40 }, (_, nth) => 40 - nth));
      expect(crowd).toHaveLength(40);
    } finally {
      await hangUpAll();
      await big.close();
    }
  });

  it('a stop of the server closes every place: nobody stands in the way of those who come back', async () => {
    const other = await startHouse({ connection: house.connection, clock: house.clock });
    const devices = await Promise.all([1, 2, 3].map(() => other.open({ path: `/ws/room/${room.id}` })));
    await Promise.all(devices.map(async (device) => device.next()));
    await other.close();
    expect((await placesOf(room)).map(({ open }) => open)).toEqual([0, 0, 0]);
    expect(await count()).toBe(0);
  });
});

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
    expect(await count()).toBe(4);
    guest.socket.close();
    await until(async () => (await count()) === 3, 5_000);
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
    await until(async () => (await count()) === 0, 5_000);
    expect(await placesOf(room)).toEqual([]);
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
    expect(await placesOf(room)).toEqual([]);
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
      // The place of the sixth is given back after the answer.
      await until(async () => (await placesOf(room))[0]?.open === 5, 5_000);
    } finally {
      await hangUpAll();
      await limited.close();
    }
  });
});

describe('somebody is who they can prove to be', () => {
  it('a public id proves nothing', async () => {
    const [alice, bob] = [await room.join('Alice'), await room.join('Bob')];
    const asAlice = { 'Sec-WebSocket-Protocol': `participant.${alice.participant_id}` };
    expect(await knock(house.url, `/ws/room/${room.id}`, asAlice)).toMatchObject({ status: 401 });
    const impostor = await room.enter({ query: { name: 'Alice' } });
    expect(idOf(impostor)).not.toBe(alice.participant_id);
    const remove = (headers: Record<string, string>) =>
      room.call('DELETE', `/participants/${alice.participant_id}`, { headers }).then(seen);
    const forbidden = failure(403, 'FORBIDDEN', 'Only the participant or the room host can remove a participant');
    expect(await remove({})).toEqual(forbidden);
    expect(await remove({ 'X-Participant-Token': bob.participant_token })).toEqual(forbidden);
    expect(await remove({ 'X-Participant-Token': alice.participant_id })).toEqual(
      failure(401, 'UNAUTHORIZED', 'Invalid token'),
    );
    expect(await remove({ 'X-Host-Token': 'x' })).toEqual(forbidden);
    expect(await remove({ 'X-Participant-Token': alice.participant_token })).toEqual({ status: 204, body: undefined });
  });

  it('a token of one room opens no other', async () => {
    const other = await house.create();
    const { participant_token: token } = await room.join('Alice');
    const headers = { 'Sec-WebSocket-Protocol': `participant.${token}` };
    expect(await knock(house.url, `/ws/room/${other.id}`, headers)).toMatchObject({ status: 401 });
  });

  it('a join over REST is forgotten after 24 hours without a socket', async () => {
    const { participant_token: token } = await room.join('Alice');
    const opening = { protocols: [`participant.${token}`] };
    await house.later(86_399);
    const device = await room.enter(opening);
    device.socket.close();
    await until(async () => (await placesOf(room))[0]?.closed === 1, 5_000);
    await house.later(86_399);
    (await room.enter(opening)).socket.close();
    await until(async () => (await placesOf(room))[0]?.closed === 2, 5_000);
    await house.later(86_401);
    await expect(room.open(opening)).rejects.toThrow('401');
    const headers = { 'X-Participant-Token': token };
    const reply = await room.call('DELETE', '/participants/x', { headers });
    expect(seen(reply)).toEqual(failure(401, 'UNAUTHORIZED', 'Invalid token'));
  });

  it('a room remembers 500 joins without a socket, the oldest go first, and no join looks at more', async () => {
    const carried = await room.join('Carried');
    await room.enter({ protocols: [`participant.${carried.participant_token}`] });
    const oldest = await room.join('Oldest');
    await house.dataSource.query(
      `INSERT INTO participants (id, room_id, token_hash, name, created_at, remembered_from)
       SELECT 'user-' || n, $1, sha256(n::text::bytea), 'Flood', $2::timestamptz + n * interval '1 ms', $2::timestamptz + n * interval '1 ms'
       FROM generate_series(1, 700) n`,
      [room.id, house.at()],
    );
    const waiting = async () => {
      const [row] = await house.dataSource.query<{ count: number }[]>(
        `SELECT count(*)::int AS count FROM participants WHERE room_id = $1 AND id <> $2`,
        [room.id, carried.participant_id],
      );
      return row?.count;
    };
    const newest: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      await house.later(1);
      newest.push((await room.join(`New ${nth}`)).participant_token);
    }
    expect(await waiting()).toBe(500);
    const status = async (token: string) =>
      (await room.call('DELETE', '/participants/x', { headers: { 'X-Participant-Token': token } })).status;
    expect(await status(oldest.participant_token)).toBe(401);
    expect(await Promise.all([carried.participant_token, ...newest].map(status))).toEqual([403, 403, 403, 403]);
  });

  it('300 joins in ten minutes for a room and an address, then 429; another room is another count', async () => {
    const limited = await startHouse({
      connection: house.connection,
      clock: house.clock,
      env: { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_MAX: '10000' },
    });
    try {
      const [one, other] = [await limited.create(), await limited.create()];
      for (let nth = 0; nth < 300; nth += 1) await one.join('Flood');
      const refused = await one.call('POST', '/participants', { body: { participant_name: 'Flood' } });
      expect(seen(refused)).toEqual(failure(429, 'RATE_LIMITED', 'Too many requests'));
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      await other.join('Flood');
    } finally {
      await limited.close();
    }
  });

  it('who is removed between being let in and being told of it is shown out', async () => {
    const bystander = await room.enter();
    const { participant_id: id, participant_token: token } = await room.join('Alice');
    const touch = house.app.get(RoomArrival);
    const arrive = touch.arrive.bind(touch);
    jest.spyOn(touch, 'arrive').mockImplementation(async (connection, membership) => {
      expect((await room.call('DELETE', `/participants/${id}`, room.asHost)).status).toBe(204);
      await house.settle();
      return arrive(connection, membership);
    });
    const device = await room.open({ protocols: [`participant.${token}`] });
    expect(await device.closed).toMatchObject({ code: 4403 });
    await until(async () => (await count()) === 1, 5_000);
    expect(await heardBy(bystander)).toEqual([[]]);
  });

  it('so is who was let into a room that is deleted meanwhile', async () => {
    const touch = house.app.get(RoomArrival);
    const arrive = touch.arrive.bind(touch);
    jest.spyOn(touch, 'arrive').mockImplementation(async (connection, membership) => {
      expect((await room.call('DELETE', '', room.asHost)).status).toBe(204);
      await house.settle();
      return arrive(connection, membership);
    });
    const device = await room.open();
    expect(await device.closed).toMatchObject({ code: 4404 });
    expect(device.frames).toMatchObject([{ event: 'error', error: { code: 'ROOM_NOT_FOUND' } }]);
  });

  it('who is removed is shown out with 4403, and the others hear that they left', async () => {
    const { participant_id: id, participant_token: token } = await room.join('Alice');
    const tabs = [1, 2].map(() => room.enter({ protocols: [`participant.${token}`] }));
    const [one, two] = await Promise.all(tabs);
    const bystander = await room.enter();
    expect((await room.call('DELETE', `/participants/${id}`, room.asHost)).status).toBe(204);
    await house.settle();
    expect([await one?.closed, await two?.closed]).toMatchObject([{ code: 4403 }, { code: 4403 }]);
    expect(await bystander.next()).toEqual(left(id, 'Alice', 1));
    expect(await heardBy(bystander)).toEqual([[]]);
    await expect(room.open({ protocols: [`participant.${token}`] })).rejects.toThrow('401');
  });
});

describe('the host', () => {
  const CLOSED = { control: 'host' };
  const refused = failure(403, 'FORBIDDEN', 'Only room host can control the timer');

  it('is proven by token, cookie or account over REST; nothing else is a proof', async () => {
    const own = await house.create({}, { token: person.token });
    const stranger = await house.signUp();
    const patch = (sent: object) =>
      own.call('PATCH', '', { body: { work_duration_minutes: 30 }, ...sent }).then(({ status }) => status);
    const cookie = { Cookie: own.cookie };
    expect(await patch({ headers: { 'X-Host-Token': own.hostToken } })).toBe(200);
    expect(await patch({ token: person.token })).toBe(200);
    expect(await patch({ headers: cookie })).toBe(200);
    expect(await patch({ headers: { ...cookie, Origin: house.url } })).toBe(200);
    expect(await patch({ headers: { ...cookie, Origin: 'http://localhost:3000' } })).toBe(403);
    expect(await patch({ headers: { ...cookie, 'Sec-Fetch-Site': 'cross-site' } })).toBe(403);
    expect(await patch({ headers: { 'X-Host-Token': room.hostToken } })).toBe(403);
    expect(await patch({ headers: { 'X-Host-Token': '' } })).toBe(403);
    expect(await patch({ headers: { Cookie: room.cookie } })).toBe(403);
    expect(await patch({ token: stranger.token })).toBe(403);
    expect(await patch({})).toBe(403);
    expect(seen(await own.call('PATCH', '', { body: {} }))).toEqual(
      failure(403, 'FORBIDDEN', 'Only room host can change the room'),
    );
    expect(seen(await own.call('DELETE'))).toEqual(failure(403, 'FORBIDDEN', 'Only room host can delete the room'));
    expect(await own.call('DELETE', '', { token: person.token })).toMatchObject({ status: 204 });
  });

  it('has a cookie for REST and one for the socket, renewed by use', async () => {
    const cookies = (headers: Headers) =>
      headers.getSetCookie().map((line) => line.replace(/Expires=[^;]+/, 'Expires='));
    const both = ['/api/v1/rooms/', '/ws/room/'].map(
      (path) => `${room.cookie}; Max-Age=31536000; Path=${path}${room.id}; Expires=; HttpOnly; SameSite=Strict`,
    );
    expect(cookies(room.creation.headers)).toEqual(both);
    expect(room.cookie).toBe(`metronome_host_${room.id}=${room.hostToken}`);
    const { headers } = await room.call('GET', '', { headers: { Cookie: room.cookie } });
    expect(cookies(headers)).toEqual(both);
    expect((await room.call('GET')).headers.getSetCookie()).toEqual([]);
  });

  it('keeps the timer to himself with control: host, over REST and on sockets', async () => {
    expect((await room.call('PATCH', '', { ...room.asHost, body: CLOSED })).status).toBe(200);
    expect(seen(await room.timer('start'))).toEqual(refused);
    const guest = await room.enter();
    const { error } = refused.body;
    expect(await guest.ask({ action: 'start_timer' })).toEqual({ event: 'error', error, timestamp: house.at() });
    expect(await guest.ask({ action: 'sync_timer' })).toMatchObject({ event: 'timer_update' });
    const protocols = [`host.${room.hostToken}`];
    const host = await room.enter({ protocols });
    expect(host.socket.protocol).toBe(protocols[0]);
    expect(await host.ask({ action: 'start_timer' })).toMatchObject({ data: { status: 'running' } });
    expect(seen(await room.timer('pause', room.asHost))).toMatchObject({ status: 200 });
  });

  it.each([
    ['his cookie', () => ({ options: { headers: { Cookie: room.cookie } } }), true],
    [
      'his cookie from a page of the server',
      () => ({ options: { headers: { Cookie: room.cookie, Origin: house.url } } }),
      true,
    ],
    [
      'his cookie from another page',
      () => ({ options: { headers: { Cookie: room.cookie, Origin: 'http://localhost:3000' } } }),
      false,
    ],
    ['a wrong token', () => ({ protocols: ['host.x'] }), false],
  ])('comes with %s', async (_, opening, isHost) => {
    const device = await room.enter(opening());
    const shown = { participant_id: idOf(device), name: aGuestName };
    expect((await room.call('GET')).body).toMatchObject({ data: { host: isHost ? shown : null } });
  });

  it('with his account is it on every socket', async () => {
    const own = await house.create({ room_name: 'own' }, { token: person.token });
    const device = await own.enter({ token: person.token });
    expect((await own.call('GET')).body).toMatchObject({
      data: { host: { participant_id: idOf(device), name: 'Alice' } },
    });
  });

  it('may be a participant with a token too: both proofs count', async () => {
    const { participant_id: id, participant_token: token } = await room.join('Chief');
    const device = await room.open({ protocols: [`participant.${token}`, `host.${room.hostToken}`] });
    await welcomed(device);
    expect((await room.call('GET')).body).toMatchObject({ data: { host: { participant_id: id, name: 'Chief' } } });
  });
});

describe('what everybody in the room hears', () => {
  it('other settings: the room, and what an idle clock shows', async () => {
    const device = await room.enter();
    await room.call('PATCH', '', { ...room.asHost, body: { room_name: 'team-beta', work_duration_minutes: 10 } });
    const { body } = await room.call('GET');
    const { data } = body as { data: Frame };
    const timestamp = house.at();
    const change_id = expect.any(String) as string;
    expect((await heardBy(device)).flat()).toEqual([
      { event: 'room_update', data: { room: data }, timestamp, change_id },
      timerUpdate(roomTimer({ remaining_seconds: 600, duration_seconds: 600, revision: 2 }), timestamp),
    ]);
    await room.timer('start');
    await heardBy(device);
    await room.call('PATCH', '', { ...room.asHost, body: { work_duration_minutes: 20 } });
    expect((await heardBy(device)).flat()).toMatchObject([{ event: 'room_update' }]);
  });

  it('the deletion: an error and 4404; a personal socket stays open', async () => {
    const [one, other] = [await room.enter(), await room.enter({ query: { dialect: 'type-payload' } })];
    const personal = await person.connect();
    await personal.ask({ type: 'room.join', payload: { room_id: room.id } });
    await heardBy(one, other, personal);
    expect((await room.call('DELETE', '', room.asHost)).status).toBe(204);
    await house.settle();
    expect([await one.closed, await other.closed]).toMatchObject([{ code: 4404 }, { code: 4404 }]);
    const error = notFound(room.id).body.error;
    const timestamp = house.at();
    expect(one.frames.at(-1)).toEqual({ event: 'error', error, timestamp });
    expect(other.frames.at(-1)).toEqual({ type: 'error', payload: error, timestamp });
    expect(await personal.heard()).toEqual([
      { type: 'error', payload: error, timestamp },
      { type: 'room.left', payload: { room_id: room.id }, timestamp },
    ]);
    expect(await personal.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
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
    expect(await heardBy(sender, other)).toEqual([[error(code, message)], []]);
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

it('twenty joins of one account at once are one participant, and joins of a room that goes are 201 or 404', async () => {
  const join = () => room.call('POST', '/participants', { body: { participant_name: 'Alice' }, token: person.token });
  // Nobody gets further than to the insert until everybody is there.
  const holder = house.dataSource.createQueryRunner();
  await holder.startTransaction();
  await holder.query('LOCK TABLE participants IN SHARE MODE');
  const joining = Promise.all(Array.from({ length: 20 }, join));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await holder.commitTransaction();
  await holder.release();
  const answers = await joining;
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  const ids = answers.map(({ body }) => (body as { data: { participant_id: string } }).data.participant_id);
  expect(new Set(ids).size).toBe(1);
  const leaving = Promise.all(Array.from({ length: 20 }, join));
  await room.call('DELETE', '', { headers: { 'X-Host-Token': room.hostToken } });
  const statuses = (await leaving).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 201 && status !== 404)).toEqual([]);
  expect((await join()).status).toBe(404);
});
