import { type Device, type Frame, hangUpAll, type Person } from '../support/sockets.js';
import { until } from '../support/server.js';
import {
  type House,
  idOf,
  notFound,
  people,
  roomTimer,
  startHouse,
  type TestRoom,
  timerComplete,
  timerUpdate,
} from '../support/rooms.js';

/**
 * Rooms and people with an account: their own history (docs/spec/v1.md#55-reading-and-editing), and rooms on their
 * personal socket (docs/spec/extensions.md#rooms).
 */

let house: House;
let person: Person;
let room: TestRoom;

beforeAll(async () => {
  house = await startHouse();
});
beforeEach(async () => {
  person = await house.signUp('Alice');
  room = await house.create({ work_duration_minutes: 5, break_duration_minutes: 1 });
});
afterEach(() => hangUpAll());
afterAll(() => house.close());

const history = async (query = ''): Promise<Frame[]> =>
  (await person.call('GET', `/v1/timers?type=room${query}`)).body as Frame[];

/** Seconds of presence, as the history shows them, newest session first. */
const seconds = async (): Promise<unknown[]> => (await history()).map(({ elapsed_time: elapsed }) => elapsed);

/** Leaves, and is written down as gone. */
async function leave(device: Device): Promise<void> {
  device.socket.close();
  await device.closed;
  await until(async () => {
    const rows = await house.dataSource.query<{ open: number; sockets: number }[]>(
      `SELECT count(*) FILTER (WHERE went_at IS NULL)::int AS open FROM room_presence WHERE user_id = $1`,
      [person.id],
    );
    return rows[0]?.open === stillOpen();
  }, 5_000);
}

const opened: Device[] = [];
const stillOpen = () => opened.filter(({ socket }) => socket.readyState === socket.OPEN).length;

const enter = async (): Promise<Device> => {
  const device = await room.enter({ token: person.token });
  opened.push(device);
  return device;
};

const finish = async (after: number): Promise<void> => {
  await house.later(after);
  await house.tick();
};

describe('a member’s own history', () => {
  it('joined with 60 s left: 60 s', async () => {
    await room.timer('start');
    await house.later(240);
    const cameAt = house.at();
    await enter();
    await finish(60);
    const [session] = await history();
    expect(session).toEqual({
      id: expect.any(String) as string,
      owner_id: person.id,
      schedule_id: null,
      todo_id: null,
      title: 'team-alpha',
      description: null,
      allocated_duration: 300,
      elapsed_time: 60,
      status: 'COMPLETED',
      started_at: cameAt,
      paused_at: null,
      ended_at: house.at(),
      pause_history: [
        { action: 'start', at: cameAt },
        { action: 'stop', at: house.at(), elapsed: 60 },
      ],
      created_at: cameAt,
      updated_at: house.at(),
      schedule: null,
      todo: null,
      tags: [],
      is_shared: false,
      running_since: null,
      revision: expect.any(Number) as number,
      origin: 'room',
      visibility_level: null,
      session_type: 'work',
      room_id: room.id,
    });
  });

  it('interrupted after 10 s: 10 s', async () => {
    await enter();
    await room.timer('start');
    await house.later(10);
    await room.timer('reset');
    expect(await history()).toMatchObject([{ status: 'CANCELLED', elapsed_time: 10 }]);
  });

  it('what happens while it is paused does not count, nor who was away', async () => {
    const device = await enter();
    await room.timer('start');
    await house.later(100);
    await room.timer('pause');
    await house.later(500);
    await room.timer('resume');
    await house.later(50);
    await leave(device);
    await house.later(50);
    await enter();
    await finish(100);
    expect(await seconds()).toEqual([250]);
    const actions = (await history())[0]?.['pause_history'] as { action: string }[];
    expect(actions.map(({ action }) => action)).toEqual(['start', 'pause', 'resume', 'pause', 'resume', 'stop']);
  });

  it('each second once, however many tabs', async () => {
    const first = await enter();
    await room.timer('start');
    await house.later(100);
    const second = await enter();
    await house.later(50);
    await leave(first);
    await house.later(50);
    await leave(second);
    await finish(100);
    expect(await seconds()).toEqual([200]);
  });

  it('one row per session, breaks and the live one are none; guests have none', async () => {
    await enter();
    const guest = await room.enter({ query: { name: 'Guest' } });
    await room.timer('start');
    await finish(300);
    await finish(60);
    await room.timer('start');
    await house.later(7);
    expect(await seconds()).toEqual([300]);
    await finish(293);
    expect(await seconds()).toEqual([300, 300]);
    expect(guest.frames.length).toBeGreaterThan(0);
    const rows = await house.dataSource.query<unknown[]>(
      `SELECT DISTINCT user_id FROM room_presence WHERE room_id = $1 ORDER BY user_id`,
      [room.id],
    );
    expect(rows).toEqual([{ user_id: person.id }, { user_id: null }]);
  });

  it('a personal socket in the room counts as well as the room’s own', async () => {
    const device = await person.connect();
    await device.ask({ type: 'room.join', payload: { room_id: room.id } });
    await room.timer('start');
    await house.later(20);
    await device.ask({ type: 'room.leave', payload: { room_id: room.id } });
    await finish(280);
    expect(await seconds()).toEqual([20]);
  });

  it('stays theirs when the room is deleted, read-only as before', async () => {
    await enter();
    await room.timer('start');
    await finish(300);
    const before = await history();
    await room.call('DELETE', '', room.asHost);
    expect(await history()).toEqual(before);
    const id = String(before[0]?.['id']);
    expect(await person.call('GET', `/v1/timers/${id}`)).toMatchObject({ status: 404 });
    expect(await person.call('DELETE', `/v1/timers/${id}`)).toMatchObject({ status: 404 });
    expect(await person.call('PATCH', `/v1/timers/${id}/pause`)).toMatchObject({ status: 404 });
    const stranger = await house.signUp();
    expect((await stranger.call('GET', '/v1/timers?type=room')).body).toEqual([]);
  });

  it('people of a crashed instance keep what was written of them', async () => {
    await room.timer('start');
    const device = await enter();
    await house.later(30);
    await house.dataSource.query(`UPDATE room_presence SET instance = gen_random_uuid() WHERE user_id = $1`, [
      person.id,
    ]);
    house.presence['places' as never] = new Set() as never;
    await house.later(25);
    await house.presence.reap();
    await finish(245);
    expect(await seconds()).toEqual([30]);
    device.hangUp();
  });
});

describe('room.join on the personal socket', () => {
  const joining = (id: string, more: Frame = {}) => ({ type: 'room.join', payload: { room_id: id, ...more } });
  const upper = (timer: Frame): Frame => ({
    room_id: room.id,
    ...timer,
    status: String(timer['status']).toUpperCase(),
  });
  const idle = roomTimerOf({ revision: 1 });
  const change_id = expect.any(String) as string;

  function roomTimerOf(differing: Frame): Frame {
    return roomTimer({ remaining_seconds: 300, duration_seconds: 300, ...differing });
  }

  const shownRoom = async (): Promise<Frame> => ((await room.call('GET')).body as { data: Frame }).data;

  it('tells the room, its timer, who is there, and everybody that they came', async () => {
    const guest = await room.enter({ query: { name: 'Bob' } });
    await guest.heard();
    await house.later(1);
    const device = await person.connect();
    device.say({ ...joining(room.id), id: 'j' });
    await until(() => device.frames.some(({ type }) => type === 'room.participant'), 5_000);
    const heard = await device.heard();
    const id = String((heard[0]?.['payload'] as Frame)['participant_id']);
    const timestamp = house.at();
    const participant = { id, name: 'Alice' };
    expect(heard).toEqual([
      { type: 'room.joined', payload: { room: await shownRoom(), participant_id: id }, timestamp, id: 'j' },
      {
        type: 'timer.updated',
        payload: { room_id: room.id, timer: upper(idle), action: 'sync' },
        timestamp,
        change_id,
      },
      {
        type: 'room.participants',
        payload: { room_id: room.id, participants: [{ id: idOf(guest), name: 'Bob' }, participant], current_count: 2 },
        timestamp,
      },
      {
        type: 'room.participant',
        payload: { room_id: room.id, action: 'joined', participant, current_count: 2 },
        timestamp,
      },
    ]);
    expect(await guest.heard()).toEqual([people('joined', id, 'Alice', 2, timestamp)]);

    device.say({ type: 'room.leave', payload: { room_id: room.id }, id: 'l' });
    expect(await guest.next()).toEqual(people('left', id, 'Alice', 1, timestamp));
    await room.timer('start');
    await house.settle();
    expect(await device.heard()).toEqual([{ type: 'room.left', payload: { room_id: room.id }, timestamp, id: 'l' }]);
  });

  it('in the other dialect, from a frame of the one and of the other', async () => {
    const device = await person.connect({ query: { dialect: 'action-event' } });
    device.say({ action: 'join_room', data: { room_id: room.id, name: 'Ally' }, id: 1 });
    await until(() => device.frames.some(({ event }) => event === 'participant_update'), 5_000);
    const heard = await device.heard();
    const id = String((heard[0]?.['data'] as Frame)['participant_id']);
    const timestamp = house.at();
    const participant = { id, name: 'Ally' };
    expect(heard).toEqual([
      { event: 'room_joined', data: { room: await shownRoom(), participant_id: id }, timestamp, id: 1 },
      timerUpdate({ room_id: room.id, ...idle }, timestamp),
      {
        event: 'participant_list',
        data: { room_id: room.id, participants: [participant], current_count: 1 },
        timestamp,
      },
      {
        event: 'participant_update',
        data: { room_id: room.id, action: 'joined', participant, participant_id: id, current_count: 1 },
        timestamp,
      },
    ]);
    device.say(joining(room.id));
    await until(() => device.frames.filter(({ event }) => event === 'participant_list').length === 2, 5_000);
    await house.settle();
    const again = await device.heard();
    expect(again[0]).toMatchObject({ type: 'room.joined', payload: { participant_id: id } });
    expect(again.slice(1).map(({ event }) => event)).toEqual(['timer_update', 'participant_list']);
    expect((await shownRoom())['current_participants']).toBe(1);
  });

  it('the room’s frames name it, and the own timers go on beside them', async () => {
    const other = await house.create({ room_name: 'other' });
    const device = await person.connect();
    await device.ask(joining(room.id));
    await device.ask(joining(other.id));
    await house.settle();
    await device.heard();
    await room.timer('start');
    await other.timer('start');
    await device.ask({ type: 'timer.create', payload: { allocated_duration: 60 } });
    await finish(300);
    await house.settle();
    await device.heard();
    const told = device.frames.map(({ type, payload }) => {
      const { room_id: roomId, action, completed_session_type: completed } = payload as Frame;
      return [type, roomId, action ?? completed];
    });
    expect(told.slice(-6, -1)).toEqual([
      ['timer.updated', room.id, 'start'],
      ['timer.updated', other.id, 'start'],
      ['timer.created', undefined, 'start'],
      ['timer.completed', room.id, 'work'],
      ['timer.updated', room.id, 'complete'],
    ]);
  });

  it('a completion is told in both dialects', async () => {
    const device = await person.connect({ query: { dialect: 'action-event' } });
    await device.ask(joining(room.id));
    await house.settle();
    await device.heard();
    await room.timer('start');
    await device.next();
    await finish(300);
    await house.settle();
    const at = house.at();
    const complete = timerComplete('work', true, at);
    expect(await device.heard()).toEqual([
      { ...complete, data: { room_id: room.id, ...(complete['data'] as Frame) } },
      timerUpdate(
        {
          room_id: room.id,
          ...roomTimer({ status: 'running', session_type: 'break', remaining_seconds: 60, duration_seconds: 60 }),
          ...{ started_at: at, target_timestamp: house.at(60), revision: 3 },
        },
        at,
      ),
    ]);
  });

  const refused = (code: string, message: string): Frame => ({
    type: 'error',
    payload: { code, message },
    timestamp: house.at(),
  });

  it.each(['room.join', 'room.leave', 'timer.start', 'timer.reset'])(
    '%s: an unknown room is docs/spec/rooms.md#errors’s 404',
    async (type) => {
      const device = await person.connect();
      const id = '550e8400-e29b-41d4-a716-446655440000';
      const { message } = notFound(id).body.error;
      expect(await device.ask({ type, payload: { room_id: id } })).toEqual(refused('ROOM_NOT_FOUND', message));
      expect(await device.ask({ type, payload: { room_id: 7 } })).toEqual(
        refused('ROOM_NOT_FOUND', notFound('7').body.error.message),
      );
    },
  );

  it('a room that one has not joined, a full one, a bad name', async () => {
    const device = await person.connect();
    expect(await device.ask({ type: 'timer.start', payload: { room_id: room.id } })).toMatchObject({
      payload: { code: 'ROOM_NOT_FOUND' },
    });
    for (const name of ['', ' ', 'x'.repeat(51), 7, 'a\u0000']) {
      expect(await device.ask(joining(room.id, { name }))).toEqual(refused('VALIDATION_ERROR', 'Invalid input data'));
    }
    expect((await shownRoom())['current_participants']).toBe(0);
  });

  it('start and reset without a room are unknown words there', async () => {
    const device = await person.connect();
    for (const type of ['timer.start', 'timer.reset']) {
      expect(await device.ask({ type, payload: {} })).toEqual(
        refused('UNKNOWN_TYPE', `Unknown message type: '${type}'`),
      );
    }
  });

  it('who hangs up while they are coming has left', async () => {
    const bystander = await room.enter();
    for (let turn = 0; turn < 5; turn += 1) {
      const device = await person.connect();
      device.say(joining(room.id));
      await new Promise((resolve) => setTimeout(resolve, turn * 2));
      device.hangUp();
      await device.closed;
    }
    await until(async () => (await shownRoom())['current_participants'] === 1, 5_000);
    const told = () =>
      bystander.frames
        .filter(({ event }) => event === 'participant_update')
        .slice(1)
        .map(({ data }) => (data as Frame)['action']);
    await until(async () => {
      await house.settle();
      return told().length % 2 === 0;
    }, 5_000);
    expect(told().filter((action) => action === 'joined')).toHaveLength(told().length / 2);
    expect(told()[0] ?? 'joined').toBe('joined');
    expect(told().at(-1) ?? 'left').toBe('left');
  });
});
