import { Transactions } from '../../src/database/transactions.js';
import { type Device, type Frame, hangUpAll, type Person } from '../support/sockets.js';
import { until } from '../support/server.js';
import { type House, idOf, people, startHouse, type TestRoom } from '../support/rooms.js';

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

const joined = (id: string, name: string, count: number): Frame => people('joined', id, name, count, house.at());
const left = (id: string, name: string, count: number): Frame => people('left', id, name, count, house.at());
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
    expect([await house.heardBy(bystander), await room.count()]).toEqual([[[]], 2]);
    await house.later(1);
    expect(await room.count()).toBe(1);
    await house.presence.reap();
    expect(await house.heardBy(bystander)).toEqual([[left(id, 'Dead', 1)]]);
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
    expect((await house.heardBy(bystander)).flat()).toEqual([left(idOf(device), 'Back', 1)]);
    await house.presence.keepAlive();
    expect((await house.heardBy(bystander)).flat()).toEqual([joined(idOf(device), 'Back', 2)]);
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
    expect(await house.heardBy(reader)).toEqual([[]]);
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
    (await room.presences()).find(({ participant_id: id }) => id === idOf(device))?.open;

  it('a leave that could not be written is tried again, at the time it was, and is not kept alive meanwhile', async () => {
    const [bystander, device] = [await room.enter(), await room.enter({ query: { name: 'Gone' } })];
    await bystander.heard();
    const letGo = await holding(`SELECT FROM room_presence WHERE room_id = $1 FOR UPDATE`, [room.id]);
    await device.disconnect();
    const wentAt = house.at();
    await until(async () => {
      await house.presence.retryLeaves();
      return house.presence['leaves'].size === 1;
    }, 5_000);
    expect([await openOf(device), await house.heardBy(bystander)]).toEqual([1, [[]]]);
    await letGo();
    await house.later(15);
    expect(await openOf(device)).toBe(1);
    await house.presence.retryLeaves();
    expect(await house.heardBy(bystander)).toEqual([[left(idOf(device), 'Gone', 1)]]);
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
    expect([await room.count(), (await house.heardBy(bystander)).flat()]).toEqual([1, [left(idOf(device), 'Gone', 1)]]);
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
    await elsewhere.disconnect();
    await until(async () => (await other.presences())[0]?.open === 0, 10_000);
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
    expect([await room.count(), await house.heardBy(bystander)]).toEqual([2, [[]]]);
    await house.later(20);
    expect(await room.count()).toBe(1);
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
    expect((await room.presences()).map(({ open }) => open)).toEqual([0, 0, 0]);
    expect(await room.count()).toBe(0);
  });
});
