import { SignalFollower } from '../../src/signals/signal-follower.js';
import { type Device, type Frame, hangUpAll, type Opening, type Person } from '../support/sockets.js';
import { until } from '../support/server.js';
import {
  type House,
  idOf,
  notFound,
  people,
  roomTimer,
  startHouse,
  type TestRoom,
  timerUpdate,
} from '../support/rooms.js';

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

const aGuestId = expect.stringMatching(/^user-[\w-]{12}$/) as string;
const aGuestName = expect.stringMatching(/^Guest-[2-9A-Z]{4}$/) as string;

const list = (participants: readonly Frame[]): Frame => ({
  event: 'participant_list',
  data: { participants, current_count: participants.length },
  timestamp: house.at(),
});
const joined = (id: string, name: string, count: number): Frame => people('joined', id, name, count, house.at());
const left = (id: string, name: string, count: number): Frame => people('left', id, name, count, house.at());
describe('coming and going', () => {
  it('a newcomer is told the timer, then who is here, and everybody that they have come', async () => {
    const first = await room.open({ query: { name: 'Alice' } });
    const alice = await house.welcomed(first);
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
    const bob = await house.welcomed(second);
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
    expect([await first.heard(), await room.count()]).toEqual([[], 1]);
  });

  it('in type/payload the same', async () => {
    const device = await room.open({ query: { name: 'Alice', dialect: 'type-payload' } });
    const heard = await house.welcomed(device);
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
    expect(await house.welcomed(tabs[1] as Device)).toEqual([timerUpdate(roomTimer(), house.at()), list(here)]);
    expect([await bystander.heard(), await room.count()]).toEqual([[], 2]);
    await (tabs[0] as Device).disconnect();
    await until(async () => (await room.presences()).some(({ closed }) => closed === 1), 5_000);
    expect(await house.heardBy(bystander)).toEqual([[]]);
    await (tabs[1] as Device).disconnect();
    expect(await bystander.next()).toEqual(left(id, 'Alice', 1));
    expect(await house.heardBy(bystander)).toEqual([[]]);
  });

  it('the tabs of one account are one person, under a public id that is not theirs', async () => {
    const [one, other] = [await room.enter({ token: person.token }), await room.enter({ token: person.token })];
    const elsewhere = await house.create();
    const there = await elsewhere.enter({ protocols: [`authorization.bearer.${person.token}`] });
    expect(there.socket.protocol).toBe(`authorization.bearer.${person.token}`);
    expect([idOf(one), idOf(other), await room.count()]).toEqual([aGuestId, '', 1]);
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
      await until(async () => (await room.count()) !== 4, 5_000);
      (await room.open({ query: { name: 'Hasty' } })).hangUp();
    }
    await until(async () => (await room.presences()).every(({ open, closed }) => open === 0 || closed === 0), 5_000);
    await until(async () => (await room.count()) === 1, 5_000);
    await until(async () => {
      await house.settle();
      const told = bystander.frames.filter(({ event, data }) => event === 'participant_update' && isHasty(data));
      return told.length % 2 === 0;
    }, 5_000);
    const told = (await house.heardBy(bystander)).flat().map(({ data }) => data as Frame);
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
    await first.disconnect();
    await until(async () => (await room.count()) === 2, 5_000);
    await second.disconnect();
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
    await before.disconnect();
    await until(async () => (await room.count()) === 1, 5_000);
    const back = await enter(alice);
    await hear();
    expect(await bystander.heard()).toEqual([joined(idOf(back), 'Alice', 2)]);
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
    expect((await house.heardBy(device)).flat()).toEqual([
      { event: 'room_update', data: { room: data }, timestamp, change_id },
      timerUpdate(roomTimer({ remaining_seconds: 600, duration_seconds: 600, revision: 2 }), timestamp),
    ]);
    await room.timer('start');
    await house.heardBy(device);
    await room.call('PATCH', '', { ...room.asHost, body: { work_duration_minutes: 20 } });
    expect((await house.heardBy(device)).flat()).toMatchObject([{ event: 'room_update' }]);
  });

  it('the deletion: an error and 4404; a personal socket stays open', async () => {
    const [one, other] = [await room.enter(), await room.enter({ query: { dialect: 'type-payload' } })];
    const personal = await person.connect();
    await personal.ask({ type: 'room.join', payload: { room_id: room.id } });
    await house.heardBy(one, other, personal);
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
