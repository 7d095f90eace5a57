import type { Device, Frame, Person } from '../support/sockets.js';
import type { House, TestRoom } from '../support/rooms.js';
import type { Reply } from '../support/send.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from '../../src/timer-domain/records/timer-record.js';
import type { Timer } from '../../src/timer-domain/rules/timer.js';

/** What a timer can be told. To end is to stop it, or to reset a room. */
export const VERBS = ['start', 'pause', 'resume', 'end'] as const;
export type Verb = (typeof VERBS)[number];
export const STATES = ['none', 'running', 'paused', 'ended'] as const;
export type State = (typeof STATES)[number];

/** What a verb comes to. What is none of these is the text of a refusal, as the generation words it. */
export const OUTCOMES = ['running', 'paused', 'ended', 'another', 'replaces', 'nothing'] as const;
export type Outcome = (typeof OUTCOMES)[number] | (string & {});

/** What somebody is shown of a timer. */
export interface Shown {
  readonly status: string;
  /** Seconds. */
  readonly elapsed: number;
}

/** A person with one generation's client in the hand, and the timer that was started last. */
export interface Hand {
  /** @returns `done`, or the text of the refusal */
  readonly say: (verb: Verb) => Promise<string>;
  /** The timer as this client is shown it. */
  readonly look: () => Promise<Shown>;
  /** The rows of its owner, oldest first. */
  readonly rows: () => Promise<Timer[]>;
}

export interface Generation {
  readonly name: string;
  /** What `end` is called in the history. */
  readonly ending: 'stop' | 'cancel';
  readonly table: Readonly<Record<State, Readonly<Record<Verb, Outcome>>>>;
  /** @param person whose earlier timers, if any, have ended and count no more */
  readonly open: (house: House, person: Person) => Promise<Hand>;
}

/** v1 over REST and socket: timers beside each other, each with its id (docs/spec/v1.md#52-state-rules). */
const V1_TABLE: Generation['table'] = {
  none: { start: 'running', pause: 'Timer not found', resume: 'Timer not found', end: 'Timer not found' },
  running: {
    start: 'another',
    pause: 'paused',
    resume: 'Cannot resume timer with status running',
    end: 'ended',
  },
  paused: { start: 'another', pause: 'Cannot pause timer with status paused', resume: 'running', end: 'ended' },
  ended: {
    start: 'another',
    pause: 'Cannot pause timer with status completed',
    resume: 'Cannot resume timer with status completed',
    end: 'Cannot stop timer with status completed',
  },
};

/** The old apps know start and stop (docs/spec/legacy.md#meaning); the rest is said by the same person's v1 device. */
const LEGACY_TABLE: Generation['table'] = {
  none: { ...V1_TABLE.none, end: 'Timer is already stopped' },
  running: { ...V1_TABLE.running, start: 'Timer is already running' },
  paused: { ...V1_TABLE.paused, start: 'replaces', end: 'Timer is already stopped' },
  ended: { ...V1_TABLE.ended, end: 'Timer is already stopped' },
};

const NOT_RUNNING = 'Timer is not running in this room';
const ALREADY_RUNNING = 'Timer is already running in this room';

/** One session at a time, and a reset that is never refused (docs/spec/rooms.md#timer-of-a-room). */
const ROOM_TABLE: Generation['table'] = {
  none: { start: 'running', pause: NOT_RUNNING, resume: NOT_RUNNING, end: 'nothing' },
  running: { start: ALREADY_RUNNING, pause: 'paused', resume: ALREADY_RUNNING, end: 'ended' },
  paused: { start: 'replaces', pause: NOT_RUNNING, resume: 'running', end: 'ended' },
  ended: { start: 'another', pause: NOT_RUNNING, resume: NOT_RUNNING, end: 'nothing' },
};

const UNKNOWN_ID = '00000000-0000-7000-8000-000000000000';
const METHODS = { pause: 'PATCH', resume: 'PATCH', stop: 'POST' } as const;
const v1Word = (verb: Exclude<Verb, 'start'>) => (verb === 'end' ? 'stop' : verb);

/** The rows of a person or a room, but for those that are there already. */
async function rowsOf(house: House, owner: string): Promise<Hand['rows']> {
  const earlier = (await allRowsOf(house, owner)).length;
  return async () => (await allRowsOf(house, owner)).slice(earlier);
}

async function allRowsOf(house: House, owner: string): Promise<Timer[]> {
  const records: TimerRecord[] = await house.dataSource.query(
    `SELECT ${TIMER_COLUMNS} FROM timers t WHERE coalesce(t.user_id, t.room_id::text) = $1 ORDER BY t.created_at, t.id`,
    [owner],
  );
  return records.map(toTimer);
}
const newest = (timers: readonly Timer[]): string => timers.at(-1)?.id ?? UNKNOWN_ID;

const lookOverRest = (person: Person, rows: Hand['rows']) => async (): Promise<Shown> => {
  const { body } = await person.call('GET', `/v1/timers/${newest(await rows())}`);
  return shownV1(body as Frame);
};
const shownV1 = (timer: Frame): Shown => ({
  status: String(timer['status']).toLowerCase(),
  elapsed: Number(timer['elapsed_time']),
});

/** @returns what a REST answer of any generation comes to */
function outcomeOf({ status, body }: Pick<Reply, 'status' | 'body'>): string {
  if (status < 300) return 'done';
  const { detail, error } = body as { detail?: string; error?: { message: string } };
  return detail ?? error?.message ?? '';
}

const overRest =
  (person: Person, rows: Hand['rows']) =>
  async (verb: Verb): Promise<string> => {
    if (verb === 'start') return outcomeOf(await person.call('POST', '/v1/timers', { allocated_duration: 1_500 }));
    const word = v1Word(verb);
    const id = newest(await rows());
    return outcomeOf(await person.call(METHODS[word], `/v1/timers/${id}/${word}`));
  };

const restOfV1: Generation = {
  name: 'v1 over REST',
  ending: 'stop',
  table: V1_TABLE,
  open: async (house, person) => {
    const rows = await rowsOf(house, person.id);
    return { say: overRest(person, rows), look: lookOverRest(person, rows), rows };
  },
};

const legacy: Generation = {
  name: 'the Token API',
  ending: 'stop',
  table: LEGACY_TABLE,
  open: async (house, person) => {
    const rows = await rowsOf(house, person.id);
    const say = async (verb: Verb) => {
      if (verb === 'start') return outcomeOf(await person.legacy.start('수학'));
      if (verb === 'end') return outcomeOf(await person.legacy.stop());
      return overRest(person, rows)(verb);
    };
    return { say, look: lookOverRest(person, rows), rows };
  },
};

type Dialect = 'type-payload' | 'action-event';

/** A command in a dialect; the words of both are the same but for the order. */
const spoken = (dialect: Dialect, verb: string, data: Frame): Frame =>
  dialect === 'type-payload'
    ? { type: `timer.${verb}`, payload: data }
    : { action: `${verb === 'create' ? 'start' : verb}_timer`, data };

const outcomeIn = ({ type, event, payload, error }: Frame): string =>
  type === 'error' || event === 'error' ? ((error ?? payload) as { message: string }).message : 'done';

const personalSocket = (dialect: Dialect): Generation => ({
  name: `the personal socket in ${dialect}`,
  ending: 'stop',
  table: V1_TABLE,
  open: async (house, person) => {
    const device = await person.connect({ query: { dialect } });
    const rows = await rowsOf(house, person.id);
    const say = async (verb: Verb) => {
      const frame =
        verb === 'start'
          ? spoken(dialect, 'create', { allocated_duration: 1_500 })
          : spoken(dialect, v1Word(verb), { timer_id: newest(await rows()) });
      return outcomeIn(await device.ask(frame));
    };
    const look = async () => {
      const answer = await device.ask(spoken(dialect, 'sync', { timer_id: newest(await rows()) }));
      return shownV1((answer['data'] ?? (answer['payload'] as { timer: Frame }).timer) as Frame);
    };
    return { say, look, rows };
  },
});

const lookAtRoom = (room: TestRoom) => async (): Promise<Shown> => {
  const { status, duration_seconds, remaining_seconds } = await room.state();
  return { status: String(status), elapsed: Number(duration_seconds) - Number(remaining_seconds) };
};
const roomWord = (verb: Verb) => (verb === 'end' ? 'reset' : verb);

const restOfRooms: Generation = {
  name: 'a room over REST',
  ending: 'cancel',
  table: ROOM_TABLE,
  open: async (house) => {
    const room = await house.create();
    const say = async (verb: Verb) => outcomeOf(await room.timer(roomWord(verb)));
    return { say, look: lookAtRoom(room), rows: await rowsOf(house, room.id) };
  },
};

const roomSocket = (dialect: Dialect): Generation => ({
  name: `a room's socket in ${dialect}`,
  ending: 'cancel',
  table: ROOM_TABLE,
  open: async (house) => {
    const room = await house.create();
    const device = await room.enter({ query: { dialect } });
    const say = async (verb: Verb) => outcomeIn(await device.ask(spoken(dialect, roomWord(verb), {})));
    return { say, look: lookAtRoom(room), rows: await rowsOf(house, room.id) };
  },
});

/** A device of a person that has joined a room. */
export async function joined(person: Person, room: TestRoom, dialect: Dialect): Promise<Device> {
  const device = await person.connect({ query: { dialect } });
  device.say({ type: 'room.join', payload: { room_id: room.id } });
  await device.heard();
  await device.heard();
  return device;
}

const roomOnPersonalSocket: Generation = {
  name: 'a room on the personal socket',
  ending: 'cancel',
  table: ROOM_TABLE,
  open: async (house, person) => {
    const room = await house.create();
    const device = await joined(person, room, 'type-payload');
    const say = async (verb: Verb) =>
      outcomeIn(await device.ask(spoken('type-payload', roomWord(verb), { room_id: room.id })));
    return { say, look: lookAtRoom(room), rows: await rowsOf(house, room.id) };
  },
};

/** Every way there is to a timer. */
export const GENERATIONS: readonly Generation[] = [
  legacy,
  restOfV1,
  personalSocket('type-payload'),
  personalSocket('action-event'),
  restOfRooms,
  roomSocket('action-event'),
  roomSocket('type-payload'),
  roomOnPersonalSocket,
];
