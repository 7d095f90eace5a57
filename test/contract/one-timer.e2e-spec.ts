import { type Device, type Frame, hangUpAll, NOON, type Person, timerObject } from '../support/sockets.js';
import { type House, roomTimer, startHouse, type TestRoom } from '../support/rooms.js';
import { HandClock } from '../support/domain.js';
import { ALREADY_RUNNING, ALREADY_STOPPED } from '../support/legacy-client.js';
import { joined } from './generations.js';

/** A timer that one generation has started is the same timer in the others at once (docs/architecture.md#architecture). */

let house: House;
let person: Person;

beforeAll(async () => {
  house = await startHouse({ clock: new HandClock(Date.parse(NOON)) });
});
beforeAll(async () => {
  person = await house.signUp();
});
afterAll(async () => {
  await hangUpAll();
  await house.close();
});

type Item = Frame & { readonly id: string };
/** What somebody says; frames that answer it are looked at where they are heard. */
type Say = (id: string) => Promise<unknown>;
interface Way {
  readonly start: Say;
  readonly end: Say;
}

describe('a person’s timer', () => {
  let [phone, desktop]: Device[] = [];
  beforeAll(async () => {
    phone = await person.connect();
    desktop = await person.connect({ query: { dialect: 'action-event' } });
  });

  const tell = (device: () => Device | undefined, frame: (id: string) => Frame) => (id: string) => {
    device()?.say(frame(id));
    return Promise.resolve();
  };
  const title = '수학';
  const created = { allocated_duration: 1_500, title };
  const WAYS: Record<string, Way> = {
    'the Token API': { start: () => person.legacy.start(title), end: () => person.legacy.stop() },
    'v1 over REST': {
      start: () => person.call('POST', '/v1/timers', created),
      end: (id) => person.call('POST', `/v1/timers/${id}/stop`),
    },
    'the socket in type/payload': {
      start: tell(
        () => phone,
        () => ({ type: 'timer.create', payload: created }),
      ),
      end: tell(
        () => phone,
        (timer_id) => ({ type: 'timer.stop', payload: { timer_id } }),
      ),
    },
    'the socket in action/event': {
      start: tell(
        () => desktop,
        () => ({ action: 'start_timer', data: created }),
      ),
      end: tell(
        () => desktop,
        (timer_id) => ({ action: 'stop_timer', data: { timer_id } }),
      ),
    },
  };
  const pairs = Object.keys(WAYS).flatMap((start) => Object.keys(WAYS).map((end) => [start, end] as const));

  /** What both devices have heard: one frame each, of the same timer. */
  async function heardOnce(action: string): Promise<Item> {
    const told = await Promise.all([phone?.next(), desktop?.next()]);
    await house.settle();
    expect(await Promise.all([phone?.heard(), desktop?.heard()])).toEqual([[], []]);
    const { timer, action: said } = told[0]?.['payload'] as { timer: Item; action: string };
    const { id, ...rest } = timer;
    const status = String(timer['status']).toLowerCase();
    expect([said, told[1]?.['data']]).toEqual([action, { timer_id: id, ...rest, status, action }]);
    return timer;
  }

  it.each(pairs)('started through %s, stopped through %s', async (starter, stopper) => {
    const before = house.at();
    await WAYS[starter]?.start('');
    const timer = await heardOnce('start');
    const isLegacy = starter === 'the Token API';
    const times = { started_at: before, created_at: before, updated_at: before, running_since: before };
    const origin = isLegacy ? { origin: 'legacy', allocated_duration: 0 } : {};
    const history = [{ action: 'start', at: before }];
    expect(timer).toEqual(timerObject(person, { title, ...times, ...origin, pause_history: history }));
    expect((await person.call('GET', '/v1/timers/active')).body).toEqual(timer);
    expect(await person.legacy.start('another')).toEqual(ALREADY_RUNNING);
    const newcomer = await person.open();
    const list = { timers: [timer], count: 1 };
    expect([await newcomer.next(), await newcomer.next()]).toMatchObject([{ type: 'connected' }, { payload: list }]);
    newcomer.hangUp();

    await house.later(60);
    await WAYS[stopper]?.end(timer.id);
    const stopped = await heardOnce('stop');
    const ended = { status: 'COMPLETED', elapsed_time: 60, ended_at: house.at(), running_since: null };
    const facts = { ...ended, updated_at: house.at(), revision: 2 };
    const stop = { action: 'stop', at: house.at(), elapsed: 60 };
    expect(stopped).toEqual({ ...timer, ...facts, pause_history: [...history, stop] });
    expect((await person.call('GET', `/v1/timers/${timer.id}`)).body).toEqual(stopped);
    expect((await person.call('GET', '/v1/timers/active')).status).toBe(404);
    expect(await person.legacy.stop()).toEqual(ALREADY_STOPPED);
    const refusal = await phone?.ask({ type: 'timer.pause', payload: { timer_id: timer.id } });
    expect(refusal).toMatchObject({ payload: { message: 'Cannot pause timer with status completed' } });
  });
});

describe('a room’s timer', () => {
  let room: TestRoom;
  let devices: Device[];
  beforeAll(async () => {
    room = await house.create();
    devices = [
      await room.enter(),
      await room.enter({ query: { dialect: 'type-payload' } }),
      await joined(person, room, 'type-payload'),
      await joined(person, room, 'action-event'),
    ];
    for (const device of devices) await device.heard();
  });

  const tell = (index: number, frame: (verb: string) => Frame) => ({
    start: () => Promise.resolve(devices[index]?.say(frame('start'))),
    end: () => Promise.resolve(devices[index]?.say(frame('reset'))),
  });
  const WAYS: Record<string, Way> = {
    REST: { start: () => room.timer('start'), end: () => room.timer('reset') },
    'the room’s socket': tell(0, (verb) => ({ action: `${verb}_timer` })),
    'the room’s socket in type/payload': tell(1, (verb) => ({ type: `timer.${verb}` })),
    'a personal socket': tell(2, (verb) => ({ type: `timer.${verb}`, payload: { room_id: room.id } })),
    'a personal socket in action/event': tell(3, (verb) => ({ action: `${verb}_timer`, data: { room_id: room.id } })),
  };
  const pairs = Object.keys(WAYS).flatMap((start) => Object.keys(WAYS).map((end) => [start, end] as const));

  /** The room's timer as each device was told it, once; in one spelling. */
  async function heardOnce(): Promise<unknown[]> {
    const told = await Promise.all(devices.map((device) => device.next()));
    await house.settle();
    expect((await Promise.all(devices.map((device) => device.heard()))).flat()).toEqual([]);
    return told.map(timerIn);
  }

  it.each(pairs)('started through %s, reset through %s', async (starter, stopper) => {
    const { revision } = (await room.state()) as { revision: number };
    await WAYS[starter]?.start('');
    const running = roomTimer({
      status: 'running',
      remaining_seconds: 1_500,
      started_at: house.at(),
      target_timestamp: house.at(1_500),
      revision: revision + 1,
    });
    expect(await heardOnce()).toEqual(devices.map(() => running));
    expect(await room.state()).toEqual(running);
    // It is the room's, nobody's own.
    expect((await person.call('GET', '/v1/timers/active')).status).toBe(404);

    await house.later(60);
    await WAYS[stopper]?.end('');
    const idle = roomTimer({ revision: revision + 2 });
    expect(await heardOnce()).toEqual(devices.map(() => idle));
    expect(await room.state()).toEqual(idle);
  });
});

/** The timer of a frame in either dialect, without the room's id and with the status in lower case. */
function timerIn(frame: Frame): Frame {
  const payload = frame['payload'] as { timer: Frame } | undefined;
  const timer = { ...(payload?.timer ?? (frame['data'] as Frame)) };
  delete timer['room_id'];
  return { ...timer, status: String(timer['status']).toLowerCase() };
}
