import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';

import { Ticker } from '../../src/timer-domain/completions/ticker.js';
import { ChangeStream } from '../../src/realtime/backplane/change-stream.js';
import { type Device, type Frame, open, type Person } from '../support/sockets.js';
import { type House, startHouse, type TestRoom } from '../support/rooms.js';
import { History } from './history.js';
import type { Model, ModelRoom, Shown, Step } from './model.js';

export const PEOPLE = 2;
export const ROOMS = 2;
/** How a person's command travels; a room's too, where `rest` is the room's own call and `device` a member's socket. */
export const WAYS = ['rest', 'type-payload', 'action-event', 'member'] as const;
export type Way = (typeof WAYS)[number];

/** A server looks every second; here it looks again a little later, since who comes and goes holds a room's clock for a moment. */
const MAX_LOOKS = 50;
const BETWEEN_LOOKS_MS = 20;

const SETTINGS = [
  { work_duration_minutes: 1, break_duration_minutes: 2, auto_start_break: true },
  { work_duration_minutes: 2, break_duration_minutes: 1, auto_start_break: false },
];
/** The rooms that the world begins with, as the model knows them. */
export const newRooms = (): ModelRoom[] =>
  SETTINGS.map(({ work_duration_minutes: work, break_duration_minutes: rest, auto_start_break: auto }) => {
    return { idle: 'work', session: null, revision: 1, auto, length: { work: work * 60, break: rest * 60 } };
  });

interface Answered {
  readonly said: string;
  readonly id?: string;
  readonly revision?: number;
}

/** A device that keeps what it hears, over reconnects. */
class Follower {
  readonly timers = new Map<string, Frame>();
  private since: string | undefined;
  private device: Device | undefined;

  constructor(
    private readonly url: string,
    private readonly person: Person,
    readonly dialect: 'type-payload' | 'action-event',
  ) {}

  async connect(): Promise<void> {
    this.device?.hangUp();
    const query = { dialect: this.dialect, ...(this.since === undefined ? {} : { since: this.since }) };
    const device = await open(this.url, { token: this.person.token, query });
    const listed = this.dialect === 'type-payload' ? 'timer.sync_result' : 'timer_sync';
    await device.until(() => device.frames.some((frame) => wordOf(frame) === listed));
    this.device = device;
  }

  async ask(word: string, body: Frame): Promise<Frame> {
    const isNative = this.dialect === 'type-payload';
    const frame = isNative ? { type: word, payload: body } : { action: word, data: body };
    return (this.device as Device).ask(frame);
  }

  /** What it shows by the frames it was sent. */
  async shown(): Promise<Map<string, Frame>> {
    await this.device?.heard();
    for (const frame of this.device?.frames.splice(0) ?? []) this.take(frame);
    return this.timers;
  }

  /** There is nothing any more of what it has heard of, up to now. */
  async forget(): Promise<void> {
    await this.shown();
    this.timers.clear();
    this.since = undefined;
  }

  hangUp(): void {
    this.device?.hangUp();
  }

  private take(frame: Frame): void {
    const body = (frame['payload'] ?? frame['data'] ?? {}) as Frame;
    if (typeof frame['change_id'] === 'string') this.since = frame['change_id'];
    const word = wordOf(frame);
    if (word === 'timer.deleted' || body['deleted'] === true) this.timers.delete(body['timer_id'] as string);
    else if (word === 'timer.created' || word === 'timer.updated') this.keep(body['timer'] as Frame);
    else if (word === 'timer_update' && body['timer_id'] !== undefined) this.keep({ ...body, id: body['timer_id'] });
    for (const timer of (body['timers'] ?? []) as Frame[])
      this.keep({ ...timer, id: timer['id'] ?? timer['timer_id'] });
  }

  private keep(timer: Frame): void {
    // A room's, which this device has joined.
    if (timer['room_id'] !== undefined) return;
    const known = this.timers.get(timer['id'] as string);
    if (Number(timer['revision']) >= Number(known?.['revision'] ?? 0)) this.timers.set(timer['id'] as string, timer);
  }
}

const wordOf = (frame: Frame): unknown => frame['type'] ?? frame['event'];

/** People with two devices each, on one server whose clock and ticker are moved by hand. */
export class World {
  rooms: TestRoom[] = [];
  tabs: { native: Device; other: Device }[] = [];
  history = new History();
  scheduler!: fc.Scheduler;
  /** Timers' ids by their titles. */
  readonly ids = new Map<string, string>();
  private background: Promise<unknown>[] = [];
  private titles = 0;

  private constructor(
    readonly house: House,
    readonly people: readonly Person[],
    readonly followers: readonly (readonly [Follower, Follower])[],
  ) {}

  static async open(): Promise<World> {
    // A thousand sequences take longer than a token lasts.
    const house = await startHouse({ env: { WS_MAX_PER_USER: '1000', JWT_ACCESS_TTL: '1d' } });
    const people: Person[] = [];
    for (let index = 0; index < PEOPLE; index += 1) people.push(await house.signUp());
    const followers = people.map((person) => {
      return [
        new Follower(house.url, person, 'type-payload'),
        new Follower(house.url, person, 'action-event'),
      ] as const;
    });
    await Promise.all(followers.flat().map((follower) => follower.connect()));
    return new World(house, people, followers);
  }

  /** Nobody has a timer, and there are new rooms with people in them. */
  async begin(scheduler: fc.Scheduler): Promise<void> {
    this.scheduler = scheduler;
    this.background = [];
    this.ids.clear();
    const owners = this.people.map(({ id }) => id);
    await this.house.dataSource.query(`DELETE FROM timers WHERE user_id = ANY ($1)`, [owners]);
    // The ticker would come back to what the last sequence left.
    await Promise.all(this.rooms.map((room) => room.timer('reset')));
    this.history = new History(await this.mark());
    this.rooms = await Promise.all(SETTINGS.map((settings) => this.house.create(settings)));
    await Promise.all(this.followers.flat().map((follower) => follower.forget()));
    this.tabs = await Promise.all(this.rooms.map((room) => this.enter(room)));
    await this.joinRooms();
  }

  /** A device goes away and comes back where it was. */
  async reconnect(person: number, device: 0 | 1): Promise<void> {
    const follower = this.followers[person]?.[device];
    await follower?.shown();
    await follower?.connect();
    if (follower === this.member(0)) await this.joinRooms();
  }

  private async joinRooms(): Promise<void> {
    for (const { id } of this.rooms) await this.member(0).ask('room.join', { room_id: id });
  }

  /** Everything that was to happen some time has happened; the ticker looks again while something is due that was locked. */
  async quiet(): Promise<void> {
    await Promise.all(this.background);
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      await this.sweep();
      const [due] = await this.house.dataSource.query<unknown[]>(
        'SELECT FROM timer_deadlines WHERE deadline_at <= to_timestamp($1) LIMIT 1',
        [this.now / 1_000],
      );
      if (due === undefined) return;
      await sleep(BETWEEN_LOOKS_MS);
    }
  }

  async close(): Promise<void> {
    for (const follower of this.followers.flat()) follower.hangUp();
    await this.house.close();
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.background);
    for (const { native, other } of this.tabs) for (const device of [native, other]) device.hangUp();
  }

  get now(): number {
    return this.house.clock.ms;
  }

  newTitle(): string {
    this.titles += 1;
    return `title ${this.titles}`;
  }

  /** Something that happens some time, while others wait or not: the scheduler says when. */
  sometime(label: string, act: () => Promise<unknown>): void {
    this.background.push(this.scheduler.schedule(Promise.resolve(), label).then(act));
  }

  sweep(): Promise<number> {
    return new Ticker(this.house.store, this.house.clock).completeDue();
  }

  follow(): Promise<void> {
    return this.house.app.get(ChangeStream).follow();
  }

  /** Carries a step out and remembers what was acknowledged. @returns the answer, in the model's words */
  async carryOut(step: Step, way: Way): Promise<string> {
    const began = this.history.now();
    const { said, id, revision } = await this.send(step, way);
    if (id !== undefined && 'title' in step) this.ids.set(step.title, id);
    const subject = step.kind === 'room' ? this.rooms[step.room]?.id : id;
    const isReset = step.kind === 'room' && step.verb === 'reset';
    if (subject !== undefined && revision !== undefined && !isReset) this.history.acknowledge(subject, revision, began);
    return said;
  }

  private send(step: Step, way: Way): Promise<Answered> {
    if (step.kind === 'room') return this.sendToRoom(step, way);
    const person = this.people[step.person] as Person;
    if (step.kind === 'legacyStart') return legacy(person.legacy.start(step.title));
    if (step.kind === 'legacyStop') return legacy(person.legacy.stop());
    const socketStep = step.kind === 'create' || step.kind === 'verb' ? step : undefined;
    if (way === 'rest' || way === 'member' || socketStep === undefined) return this.rest(person, step);
    const [first, second] = this.followers[step.person] as readonly [Follower, Follower];
    return this.socket(way === 'type-payload' ? first : second, socketStep);
  }

  private idOf(title: string): string {
    return this.ids.get(title) ?? '00000000-0000-7000-8000-000000000000';
  }

  private async rest(person: Person, step: Exclude<Step, { kind: 'room' | 'legacyStart' | 'legacyStop' }>) {
    const path = `/v1/timers/${step.kind === 'create' ? '' : this.idOf(step.title)}`;
    if (step.kind === 'create') {
      const body = { allocated_duration: 60, title: step.title };
      return restAnswer(await person.call('POST', '/v1/timers', body));
    }
    if (step.kind === 'remove') return restAnswer(await person.call('DELETE', path));
    if (step.kind === 'describe') return restAnswer(await person.call('PATCH', path, { description: step.text }));
    const method = step.verb === 'pause' || step.verb === 'resume' ? 'PATCH' : 'POST';
    return restAnswer(await person.call(method, `${path}/${step.verb}`));
  }

  private async socket(follower: Follower, step: Step & { kind: 'create' | 'verb' }): Promise<Answered> {
    const isNative = follower.dialect === 'type-payload';
    const verb = step.kind === 'create' ? (isNative ? 'create' : 'start') : step.verb;
    const body =
      step.kind === 'create' ? { allocated_duration: 60, title: step.title } : { timer_id: this.idOf(step.title) };
    const answer = await follower.ask(isNative ? `timer.${verb}` : `${verb}_timer`, body);
    const error = (answer['error'] ?? (answer['type'] === 'error' ? answer['payload'] : undefined)) as
      Frame | undefined;
    if (error) return { said: String(error['message']) };
    const told = isNative ? ((answer['payload'] as Frame)['timer'] as Frame) : (answer['data'] as Frame);
    return timerAnswer({ ...told, id: told['id'] ?? told['timer_id'] });
  }

  private async sendToRoom({ room: index, verb, type }: Step & { kind: 'room' }, way: Way): Promise<Answered> {
    const room = this.rooms[index] as TestRoom;
    const { native, other } = this.tabs[index] as { native: Device; other: Device };
    const data = verb === 'start' ? { session_type: type } : {};
    if (way === 'rest') {
      const { status, body } = await room.timer(verb, { body: data });
      const { data: timer, error } = body as { data: Frame; error?: Frame };
      return status === 200 ? roomAnswer(timer) : { said: String(error?.['code']) };
    }
    const asked = { type: `timer.${verb}`, payload: data };
    const answer = await (way === 'action-event'
      ? native.ask({ action: `${verb}_timer`, data })
      : way === 'type-payload'
        ? other.ask(asked)
        : this.member(0).ask(asked.type, { ...data, room_id: room.id }));
    const error = (answer['error'] ?? (answer['type'] === 'error' ? answer['payload'] : undefined)) as
      Frame | undefined;
    if (error) return { said: String(error['code']) };
    const body = (answer['data'] ?? (answer['payload'] as Frame)['timer']) as Frame;
    return roomAnswer(body);
  }

  /** Person 0's first device: it has joined every room. */
  private member(person: number): Follower {
    return (this.followers[person] as readonly [Follower, Follower])[0];
  }

  private async enter(room: TestRoom): Promise<{ native: Device; other: Device }> {
    return { native: await room.enter(), other: await room.enter({ query: { dialect: 'type-payload' } }) };
  }

  private async mark(): Promise<string> {
    const rows = await this.house.dataSource.query<{ mark: string }[]>(
      `SELECT coalesce(max(id), 0)::text AS mark FROM timer_changes`,
    );
    return rows[0]?.mark ?? '0';
  }

  /** Ids of what legacy apps started, which are not told them. */
  async learnIds(): Promise<void> {
    const owners = this.people.map(({ id }) => id);
    const rows = await this.house.dataSource.query<{ id: string; title: string }[]>(
      `SELECT id, title FROM timers WHERE user_id = ANY ($1)`,
      [owners],
    );
    for (const { id, title } of rows) this.ids.set(title, id);
  }

  /** The model's timers get the ids that they have here, since equal starts are told apart by them. */
  name(model: Model): void {
    for (const timer of model.timers) timer.id = this.ids.get(timer.title) ?? '';
  }

  /** What people and rooms show, as one text to compare. */
  async seen(): Promise<string> {
    const lists = await Promise.all(this.people.map((person) => person.call('GET', '/v1/timers?limit=1000')));
    const states = await Promise.all(this.rooms.map((room) => room.state()));
    const timers = lists.map(({ body }) => (body as Frame[]).map(essence).sort());
    return JSON.stringify([timers, states.map(shownOf)]);
  }

  seenIn(model: Model): string {
    const timers = this.people.map((_, index) => essencesOf(model, index));
    return JSON.stringify([timers, model.rooms.map((room) => model.shown(room))]);
  }

  /** Everything that can be seen from outside, which is what the model says. */
  async expectAsIn(model: Model): Promise<void> {
    for (const [index, person] of this.people.entries()) {
      const began = this.history.now();
      const timers = (await person.call('GET', '/v1/timers?limit=1000')).body as Frame[];
      for (const { id, revision } of timers) this.history.read(id as string, Number(revision), began);
      expect(timers.map(essence).sort()).toEqual(essencesOf(model, index));
    }
    for (const [index, room] of this.rooms.entries()) {
      const began = this.history.now();
      const state = await room.state();
      this.history.read(room.id, Number(state['revision']), began);
      expect(shownOf(state)).toEqual(model.shown(model.rooms[index] as ModelRoom));
    }
  }

  /** Every device shows by its frames what the model says. */
  async expectDevicesAsIn(model: Model): Promise<void> {
    await this.house.settle();
    for (const [index, followers] of this.followers.entries()) {
      for (const follower of followers) {
        expect([...(await follower.shown()).values()].map(essence).sort()).toEqual(essencesOf(model, index));
      }
    }
    for (const [index, { native, other }] of this.tabs.entries()) {
      const { status, target, revision } = model.shown(model.rooms[index] as ModelRoom);
      for (const tab of [native, other]) {
        await tab.heard();
        const last = tab.frames.map(roomIn).findLast((state) => state !== undefined);
        const shown = shownOf(last ?? {});
        expect([shown.status, shown.target, shown.revision]).toEqual([status, target, revision]);
      }
    }
  }
}

const roomIn = (frame: Frame): Frame | undefined => {
  if (frame['event'] === 'timer_update') return frame['data'] as Frame;
  if (frame['type'] === 'timer.updated') return (frame['payload'] as Frame)['timer'] as Frame;
  return undefined;
};

const secondsOf = (text: unknown): number | null => (typeof text === 'string' ? Date.parse(text) / 1_000 : null);

function shownOf(state: Frame): Shown {
  return {
    status: String(state['status']).toLowerCase() as Shown['status'],
    type: state['session_type'] as Shown['type'],
    began: secondsOf(state['started_at']),
    target: secondsOf(state['target_timestamp']),
    left: Number(state['remaining_seconds']),
    revision: Number(state['revision']),
  };
}

/** What of a timer does not change while one looks. */
const essence = (timer: Frame): string =>
  JSON.stringify([
    timer['title'],
    String(timer['status']).toLowerCase(),
    timer['revision'],
    timer['description'],
    (timer['pause_history'] as Frame[]).map(({ action, at, elapsed }) => [action, secondsOf(at), elapsed]),
  ]);

const essencesOf = (model: Model, person: number): string[] =>
  model.timers
    .filter(({ owner }) => owner === person)
    .map(essenceOf)
    .sort();

const essenceOf = ({ title, status, revision, text, past }: Model['timers'][number]): string =>
  JSON.stringify([title, status, revision, text, past.map(({ action, at, elapsed }) => [action, at, elapsed])]);

const legacy = async (answer: Promise<{ status: number; body: unknown }>): Promise<Answered> => {
  const { status, body } = await answer;
  return { said: status === 200 ? 'ok' : String((body as Frame)['detail']) };
};

const restAnswer = ({ status, body }: { status: number; body: unknown }): Answered => {
  const told = body as Frame;
  if (status >= 300) return { said: String(told['message']) };
  return told['ok'] === true ? { said: 'ok' } : timerAnswer(told);
};

/** `elapsed_time` runs on; what is finished stands in the history. */
const timerAnswer = (timer: Frame): Answered => {
  const history = timer['pause_history'] as { elapsed?: number }[];
  const worked = history.findLast(({ elapsed }) => elapsed !== undefined)?.elapsed ?? 0;
  const status = String(timer['status']).toLowerCase();
  return {
    said: `ok ${status} ${worked} ${String(timer['revision'])}`,
    id: timer['id'] as string,
    revision: Number(timer['revision']),
  };
};

const roomAnswer = (state: Frame): Answered => ({
  said: `ok ${JSON.stringify(shownOf(state))}`,
  revision: Number(state['revision']),
});
