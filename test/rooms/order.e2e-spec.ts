import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';

import { Transactions } from '../../src/database/transactions.js';
import { RoomStore } from '../../src/rooms/rooms/room-store.js';
import { RoomTimers } from '../../src/timer-domain/rooms/room-timers.js';
import { type Device, type Frame, hangUpAll, knock, open, raw, socketUrl } from '../support/sockets.js';
import { until } from '../support/server.js';
import {
  aChangeId,
  failure,
  type House,
  roomTimer,
  seen,
  startHouse,
  type TestRoom,
  timerUpdate,
} from '../support/rooms.js';

/**
 * Frames of a room leave in order, each once, whatever happens on the way; and who missed some gets them
 * (docs/spec/sockets.md#order-and-state).
 */

let house: House;
/** Another instance of the same database and the same clock. */
let other: House;
let room: TestRoom;

beforeAll(async () => {
  house = await startHouse();
  other = await startHouse({ connection: house.connection, clock: house.clock });
});
beforeEach(async () => {
  room = await house.create();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(async () => {
  await house.close();
  await other.close();
});

const settle = async () => {
  await house.settle();
  await other.settle();
};
const elsewhere = (opening: object = {}): Promise<Device> => other.open({ path: `/ws/room/${room.id}`, ...opening });

/** The revisions of the room's timer that a device was told, in order. */
const revisionsIn = (frames: readonly Frame[]): number[] =>
  frames.flatMap(({ event, data, type, payload }) => {
    if (event === 'timer_update') return [Number((data as Frame)['revision'])];
    return type === 'timer.updated' ? [Number((payload as { timer: Frame }).timer['revision'])] : [];
  });

const upTo = (last: number, from = 1): number[] => Array.from({ length: last - from + 1 }, (_, index) => from + index);

it('what many do at two instances at once is heard everywhere, in order, nothing twice', async () => {
  const devices = await Promise.all([
    room.enter(),
    room.enter({ query: { dialect: 'type-payload' } }),
    elsewhere(),
    elsewhere({ query: { dialect: 'type-payload' } }),
  ]);
  await until(() => devices.every(({ frames }) => frames.length >= 3), 5_000);
  const verbs = ['start', 'pause', 'resume', 'reset'] as const;
  const work = Array.from({ length: 60 }, async (_, turn) => {
    const verb = verbs[turn % 4] ?? 'start';
    await sleep(turn * 3);
    if (turn % 3 === 0) devices[turn % 4]?.say({ action: `${verb}_timer`, id: turn });
    else await (turn % 3 === 1 ? house : other).call('POST', `${room.path}/timer/${verb}`);
  });
  await Promise.all(work);
  for (const device of devices) await device.heard();
  await settle();
  await settle();
  const { revision } = (await room.state()) as { revision: number };
  expect(revision).toBeGreaterThan(10);
  for (const device of devices) {
    await device.heard();
    // Resetting an idle clock is answered with what was told before, which is no change.
    const told = revisionsIn(device.frames.filter(({ change_id: mark }) => mark !== undefined));
    expect(told).toEqual(upTo(revision, told[0] ?? 1));
    expect(told[0]).toBeLessThanOrEqual(2);
  }
});

it('a rollback sends no frame', async () => {
  await room.timer('start');
  const device = await room.enter();
  await device.heard();
  house.clock.ms += 1_500_000;
  await house.presence.keepAlive();
  const failing = house.app.get(Transactions).run(async (transaction) => {
    const settled = await house.app.get(RoomTimers).settle(transaction, room.id);
    expect(settled?.changes).toHaveLength(2);
    throw new Error('at the last moment');
  });
  await expect(failing).rejects.toThrow('at the last moment');
  await settle();
  expect(await device.heard()).toEqual([]);
  await house.tick();
  await settle();
  expect((await device.heard()).map(({ event }) => event)).toEqual(['timer_complete', 'timer_update']);
});

it('other settings are told in their order, and the last ones last, at both instances', async () => {
  const devices = [await room.enter(), await elsewhere()];
  const peopleIn = house.presence.peopleIn.bind(house.presence);
  let turn = 0;
  jest.spyOn(house.presence, 'peopleIn').mockImplementation(async (...asked) => {
    turn += 1;
    await sleep(((turn * 7) % 5) * 15);
    return peopleIn(...asked);
  });
  const rename = async (nth: number) => {
    const body = { room_name: `team-${nth}`, work_duration_minutes: nth + 1 };
    expect(await room.call('PATCH', '', { ...room.asHost, body })).toMatchObject({ status: 200 });
  };
  const others = Array.from({ length: 14 }, async (_, nth) => {
    await sleep(nth * 8);
    await rename(nth);
  });
  await Promise.all(others);
  await rename(14);
  for (const { frames } of devices) {
    const updates = () =>
      frames.filter(({ event }) => event === 'room_update').map(({ data }) => (data as { room: Frame }).room);
    await settle();
    await until(() => revisionsIn(frames).at(-1) === 16, 5_000);
    expect(updates().at(-1)).toMatchObject({ room_name: 'team-14' });
    const revisions = updates().map(({ timer_state: timer }) => Number((timer as Frame)['revision']));
    expect(revisions).toEqual([...revisions].sort((one, next) => one - next));
  }
});

describe('sync_timer {since}', () => {
  const markOf = ({ frames }: Device): string =>
    String(frames.findLast(({ change_id: mark }) => typeof mark === 'string')?.['change_id']);
  const running = (revision: number, more: Frame = {}) =>
    roomTimer({ status: 'running', started_at: house.at(), target_timestamp: house.at(1_500), revision, ...more });

  it('the frames missed, then the room’s timer as the one entry of a list with a new mark', async () => {
    const before = await room.enter();
    const since = markOf(before);
    before.hangUp();
    await room.timer('start');
    await room.timer('pause');
    await other.call('POST', `${room.path}/timer/resume`);
    await settle();
    const device = await elsewhere();
    await until(() => device.frames.length >= 3, 5_000);
    await device.heard();
    device.say({ action: 'sync_timer', data: { since }, id: 's' });
    const frames = await device.heard();
    const paused = roomTimer({ status: 'paused', started_at: house.at(), revision: 3 });
    expect(frames).toEqual([
      timerUpdate(running(2), house.at()),
      timerUpdate(paused, house.at()),
      timerUpdate(running(4), house.at()),
      {
        event: 'timer_sync',
        data: {
          timers: [{ timer_id: undefined, room_id: room.id, ...running(4) }],
          count: 1,
          change_id: aChangeId,
        },
        timestamp: house.at(),
        id: 's',
      },
    ]);
  });

  it('in type/payload the same', async () => {
    const device = await room.enter({ query: { dialect: 'type-payload' } });
    const since = markOf(device);
    await room.timer('start');
    await settle();
    await device.heard();
    device.say({ type: 'timer.sync', payload: { since } });
    const timer = { room_id: room.id, ...running(2), status: 'RUNNING' };
    expect(await device.heard()).toEqual([
      { type: 'timer.updated', payload: { timer, action: 'start' }, timestamp: house.at(), change_id: aChangeId },
      {
        type: 'timer.sync_result',
        payload: { timers: [timer], count: 1, change_id: aChangeId },
        timestamp: house.at(),
      },
    ]);
  });

  it.each(['garbage', 7, {}])('what is no mark (%j): only the list, with resync', async (since) => {
    const device = await room.enter();
    expect(await device.ask({ action: 'sync_timer', data: { since } })).toMatchObject({
      event: 'timer_sync',
      data: { count: 1, resync: true, change_id: aChangeId },
    });
  });

  it('a hundred cuts while two instances change the room: nothing lost, nothing out of order', async () => {
    let writing = true;
    const isWriting = () => writing;
    const writers = [house, other].map(async (where, nth) => {
      for (let turn = nth; isWriting(); turn += 1) {
        const verb = ['start', 'pause', 'resume', 'pause', 'start', 'reset'][turn % 6] ?? 'start';
        await where.call('POST', `${room.path}/timer/${verb}`);
        await sleep(2);
      }
    });
    const told = new Set<number>();
    let since: string | undefined;
    const cut = async (nth: number, afterMs: number) => {
      const device = await open((nth % 2 === 0 ? house : other).url, { path: `/ws/room/${room.id}` });
      if (since !== undefined) device.say({ action: 'sync_timer', data: { since } });
      await sleep(afterMs);
      device.hangUp();
      await device.closed;
      // Whoever has just connected knows the state, not what led to it: its mark is the client's only from the list on.
      const start = device.frames.findIndex(({ event }) => event === 'timer_sync');
      const heard = since === undefined ? device.frames : device.frames.slice(1);
      if (since !== undefined && start < 0) return;
      for (const { data } of heard)
        if ((data as Frame | undefined)?.['resync']) throw new Error('the log reaches back');
      for (const revision of revisionsIn(heard)) told.add(revision);
      const marks = device.frames.map(({ change_id: mine, data }) => mine ?? (data as Frame)['change_id']);
      const mark = marks.findLast((one) => typeof one === 'string');
      if (typeof mark === 'string') since = mark;
    };
    for (let nth = 0; nth < 100; nth += 1) await cut(nth, (nth * 7) % 40);
    writing = false;
    await Promise.all(writers);
    await settle();
    await cut(0, 500);
    const { revision } = (await room.state()) as { revision: number };
    expect(revision).toBeGreaterThan(100);
    const missing = upTo(revision, Math.min(...told)).filter((one) => !told.has(one));
    expect(missing).toEqual([]);
    expect(Math.min(...told)).toBeLessThan(20);
  }, 60_000);
});

describe('what goes wrong', () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

  it('the database is away: 503 with Retry-After over REST and in the handshake, SERVICE_UNAVAILABLE on the socket', async () => {
    const device = await room.enter();
    const query = jest.spyOn(house.app.get(Pool), 'query') as unknown as jest.SpyInstance<Promise<unknown>>;
    query.mockRejectedValue(away);
    const reply = await room.call('GET');
    const unavailable = failure(503, 'SERVICE_UNAVAILABLE', expect.any(String) as string);
    expect(seen(reply)).toEqual(unavailable);
    expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
    const refusal = await knock(house.url, `/ws/room/${room.id}`);
    expect(refusal).toMatchObject(unavailable);
    expect(refusal.headers['retry-after']).toMatch(/^\d+$/);
    expect(await device.ask({ action: 'start_timer' })).toEqual({
      event: 'error',
      error: { code: 'SERVICE_UNAVAILABLE', message: 'Service unavailable' },
      timestamp: house.at(),
    });
    query.mockRestore();
    expect(await device.ask({ action: 'start_timer' })).toMatchObject({ event: 'timer_update' });
  });

  it('anything unexpected: INTERNAL_ERROR, and nothing of what is inside', async () => {
    const device = await room.enter();
    jest.spyOn(house.app.get(RoomStore), 'get').mockRejectedValue(new TypeError('the secret of line 7'));
    expect(seen(await room.call('GET'))).toEqual(failure(500, 'INTERNAL_ERROR', 'Internal server error'));
    expect(await device.ask({ action: 'start_timer' })).toEqual({
      event: 'error',
      error: { code: 'INTERNAL_ERROR', message: 'Internal error' },
      timestamp: house.at(),
    });
    expect(await knock(house.url, `/ws/room/${room.id}`)).toMatchObject(
      failure(500, 'INTERNAL_ERROR', 'Internal server error'),
    );
  });

  it('too many messages: one RATE_LIMITED, then silence, then 4029', async () => {
    const limited = await startHouse({ env: { RATE_LIMIT_ENABLED: 'true' }, connection: house.connection });
    try {
      const device = await limited.open({ path: `/ws/room/${room.id}` });
      await until(() => device.frames.length === 3, 5_000);
      for (let turn = 0; turn < 130; turn += 1) device.say({ action: 'ping' });
      await until(() => device.frames.length === 3 + 121, 5_000);
      expect(device.frames.at(-1)).toMatchObject({
        event: 'error',
        error: { code: 'RATE_LIMITED', message: 'Too many messages' },
      });
      for (let turn = 0; turn < 111; turn += 1) device.say({ action: 'ping' });
      expect(await device.closed).toMatchObject({ code: 4029 });
      expect(device.frames).toHaveLength(124);
    } finally {
      await hangUpAll();
      await limited.close();
    }
  });

  it('a frame of 1 MB closes 1009, for its sender alone', async () => {
    const [big, bystander] = [await room.enter(), await room.enter()];
    await bystander.heard();
    big.say({ action: 'ping', data: { x: 'x'.repeat(1_048_576) } });
    expect(await big.closed).toMatchObject({ code: 1009 });
    expect(await bystander.next()).toMatchObject({ event: 'participant_update', data: { action: 'left' } });
    expect(await bystander.ask({ action: 'ping' })).toMatchObject({ event: 'pong' });
  });

  it('a handshake that ends in the middle leaves nobody behind', async () => {
    const { pathname } = new URL(socketUrl(house.url, { path: `/ws/room/${room.id}` }));
    for (let turn = 0; turn < 20; turn += 1) {
      const socket = raw(house.url);
      const head = `GET ${pathname} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
      socket.write(`${head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`);
      await sleep(turn / 2);
      socket.destroy();
    }
    const people = async () => ((await room.call('GET')).body as { data: Frame }).data['current_participants'];
    await until(async () => (await people()) === 0, 5_000);
  });
});
