import { setTimeout as sleep } from 'node:timers/promises';

import { Transactions } from '../../src/database/transactions.js';
import { changeIdOf } from '../../src/realtime/change-id.js';
import type { LogMark } from '../../src/database/committed-log.js';
import { ChangeLog } from '../../src/timer-domain/log/change-log.js';
import { TagReader } from '../../src/v1/tags/tag-reader.js';
import { TimerStore } from '../../src/timer-domain/writer/timer-store.js';
import { until } from '../support/server.js';
import {
  aChangeId,
  atOther,
  Device,
  type Frame,
  hangUpAll,
  NOON,
  open,
  type Person,
  type Sockets,
  startSockets,
  startTimer,
  timerObject,
} from '../support/sockets.js';

let sockets: Sockets;
let other: Sockets;
let person: Person;

beforeAll(async () => {
  sockets = await startSockets();
  other = await startSockets({ connection: sockets.connection });
});
beforeEach(async () => {
  person = await sockets.signUp();
});
afterEach(() => hangUpAll());
afterAll(async () => {
  await sockets.close();
  await other.close();
});

/** The last mark that a device was given. */
function markOf({ frames }: Device): string {
  const marks = frames.map((frame) => frame['change_id'] ?? (frame['payload'] as Frame | undefined)?.['change_id']);
  return marks.findLast((mark) => typeof mark === 'string') ?? '';
}

const told = (frames: readonly Frame[]) =>
  frames.map(({ type, payload }) => {
    const { action, timer, timer_id, revision } = payload as Record<string, unknown>;
    return [type, action ?? timer_id, (timer as Frame | undefined)?.['revision'] ?? revision];
  });

describe('timer.sync {since} and ?since=', () => {
  it.each(['on the open socket', 'on connecting'])(
    '%s: the frames missed, then the list with a new mark',
    async (where) => {
      const before = await person.connect();
      const mark = markOf(before);
      before.hangUp();
      const id = await startTimer(person, { title: 'a' });
      const gone = await startTimer(person);
      await person.call('PATCH', `/v1/timers/${id}/pause`);
      await person.call('DELETE', `/v1/timers/${gone}`);

      let frames: Frame[];
      if (where === 'on connecting') {
        const device = await person.open({ query: { since: mark } });
        const [connected, ...rest] = await device.heard();
        expect(connected).toMatchObject({ type: 'connected', change_id: aChangeId });
        frames = rest;
      } else {
        const device = await person.connect();
        device.say({ type: 'timer.sync', payload: { since: mark } });
        frames = await device.heard();
      }

      expect(told(frames.slice(0, -1))).toEqual([
        ['timer.created', 'start', 1],
        ['timer.created', 'start', 1],
        ['timer.updated', 'pause', 2],
        ['timer.deleted', gone, 2],
      ]);
      expect(frames[0]).toEqual({
        type: 'timer.created',
        payload: { timer: timerObject(person, { id, title: 'a' }), action: 'start' },
        from_user: person.id,
        timestamp: NOON,
        change_id: aChangeId,
      });
      expect(frames.at(-1)).toEqual({
        type: 'timer.sync_result',
        payload: { timers: [expect.objectContaining({ id, revision: 2 })], count: 1, change_id: aChangeId },
        from_user: person.id,
        timestamp: NOON,
      });
    },
  );

  it('a client that is cut off between what it missed and the list does not lose the rest', async () => {
    const first = await person.connect();
    const mark = markOf(first);
    first.hangUp();
    const id = await startTimer(person);
    for (let turn = 0; turn < 5; turn += 1) await person.call('PATCH', `/v1/timers/${id}`, { title: String(turn) });
    const cut = await person.open({ query: { since: mark } });
    const frames = await cut.heard();
    for (const [index, frame] of frames.slice(0, -1).entries()) {
      const device = await person.open({ query: { since: String(frame['change_id']) } });
      const again = await device.heard();
      expect(told(again.slice(1, -1)).map(([, , revision]) => revision)).toEqual(
        expect.arrayContaining([1, 2, 3, 4, 5, 6].slice(index)),
      );
    }
  });

  it('the mark of the list misses nothing and repeats nothing that was certain', async () => {
    const id = await startTimer(person);
    const device = await person.connect();
    await sockets.settle();
    const answer = await device.ask({ type: 'timer.sync', payload: { since: markOf(device) } });
    const since = String((answer['payload'] as Frame)['change_id']);
    await person.call('PATCH', `/v1/timers/${id}/pause`);
    await sockets.settle();
    await device.heard();
    device.say({ action: 'sync_timer', data: { since }, id: 1 });
    const frames = await device.heard();
    expect(told(frames.slice(0, -1))).toEqual([['timer.updated', 'pause', 2]]);
    expect(frames.at(-1)).toMatchObject({ event: 'timer_sync', id: 1, data: { count: 1, change_id: aChangeId } });
  });

  it.each([
    ['garbage', 'garbage'],
    ['a number', 12],
    ['an object', {}],
    ['an empty text', ''],
    ['a mark of another log', (log: LogMark) => changeIdOf({ ...log, log: '0123456789abcdef' })],
    ['a mark without a log', ({ snapshot }: LogMark) => Buffer.from(`1772452800 ${snapshot}`).toString('base64url')],
    ['a mark of what is to come', ({ log }: LogMark) => changeIdOf({ log, snapshot: '99999999:99999999:' })],
    ['something behind a mark', (log: LogMark) => `${changeIdOf(log)}=${'x'.repeat(200)}`],
    ['a mark that is not written as we do', (log: LogMark) => `${changeIdOf(log)} `],
    ['a broken mark', ({ log }: LogMark) => changeIdOf({ log, snapshot: '5:1:' })],
    ['a huge mark', ({ log }: LogMark) => changeIdOf({ log, snapshot: `${'9'.repeat(30)}:${'9'.repeat(30)}:` })],
  ])('%s: only the list, with resync', async (_what, given) => {
    const since: unknown = typeof given === 'function' ? given(await sockets.app.get(ChangeLog).mark()) : given;
    const id = await startTimer(person);
    const device = await person.connect();
    expect(await device.ask({ type: 'timer.sync', payload: { since } })).toEqual({
      type: 'timer.sync_result',
      payload: { timers: [timerObject(person, { id })], count: 1, change_id: aChangeId, resync: true },
      from_user: person.id,
      timestamp: NOON,
    });
    if (typeof since !== 'string' || since === '') return;
    const fresh = await person.open({ query: { since } });
    expect(await fresh.heard()).toMatchObject([
      { type: 'connected', change_id: aChangeId },
      { type: 'timer.sync_result', payload: { count: 1, resync: true } },
    ]);
  });

  it('1,000 missed changes are told, 1,001 are a resync', async () => {
    const device = await person.connect();
    const mark = markOf(device);
    device.hangUp();
    const id = await startTimer(person);
    await rename(sockets, person, id, 999);
    const reconnected = await person.open({ query: { since: mark } });
    expect(told((await reconnected.heard()).slice(1, -1)).map(([, , revision]) => revision)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index + 1),
    );
    await rename(sockets, person, id, 1);
    const late = await person.open({ query: { since: mark } });
    expect(await late.heard()).toMatchObject([
      { type: 'connected' },
      { type: 'timer.sync_result', payload: { count: 1, resync: true } },
    ]);
  });

  it('what belongs to the timers is looked up once for a page of what was missed', async () => {
    const group = (await person.call('POST', '/v1/tags/groups', { name: 'g', color: '#abc' })).body as { id: string };
    const tag = { name: 't', color: '#abc', group_id: group.id };
    const { id: tagId } = (await person.call('POST', '/v1/tags', tag)).body as { id: string };
    const before = await person.connect();
    const mark = markOf(before);
    before.hangUp();
    const id = await startTimer(person, { tag_ids: [tagId] });
    await rename(sockets, person, id, 24);
    const find = jest.spyOn(sockets.app.get(TagReader), 'find');
    const device = await person.open({ query: { since: mark } });
    const frames = (await device.heard()).slice(1, -1);
    expect(frames).toHaveLength(25);
    for (const { payload } of frames) {
      expect((payload as { timer: Frame }).timer['tags']).toMatchObject([{ id: tagId }]);
    }
    // For the frames, and for the list.
    expect(find).toHaveBeenCalledTimes(2);
    find.mockRestore();
  });

  it('a peer that does not read is told no faster than it reads, and what it missed is not loaded before', async () => {
    const before = await person.connect();
    const mark = markOf(before);
    before.hangUp();
    const id = await startTimer(person, { description: '가'.repeat(10_000) });
    await rename(sockets, person, id, 999);
    const pages = jest.spyOn(sockets.app.get(ChangeLog), 'at');
    const device = await person.connect();
    device.socket.pause();
    device.say({ type: 'timer.sync', payload: { since: mark }, id: 'all' });
    // The buffers of the kernel take some 10 MB of these 30.
    await until(() => pages.mock.calls.length > 0, 10_000);
    let loaded = -1;
    while (loaded < pages.mock.calls.length) {
      loaded = pages.mock.calls.length;
      await sleep(1_000);
    }
    expect(loaded).toBeLessThan(30);
    expect(pages.mock.calls.every(([places]) => places.length <= 25)).toBe(true);
    device.socket.resume();
    await device.until(() => device.frames.at(-1)?.['id'] === 'all', 20_000);
    const revisions = told(device.frames.slice(0, -1)).map(([, , revision]) => revision);
    expect(revisions.slice(-1_000)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    pages.mockRestore();
  });

  it("of somebody else's timers only what came after they were shown", async () => {
    const owner = await sockets.signUp();
    const viewer = await person.connect();
    const mark = markOf(viewer);
    const id = await startTimer(owner, { title: 'secret' });
    await owner.call('PATCH', `/v1/timers/${id}`, { title: 'public' });
    await owner.call('PUT', `/v1/visibility/timer/${id}`, { level: 'public' });
    await viewer.ask({ type: 'timer.sync', payload: { timer_id: id } });
    await owner.call('PATCH', `/v1/timers/${id}/pause`);
    await sockets.settle();
    await viewer.heard();
    viewer.say({ type: 'timer.sync', payload: { since: mark } });
    const frames = await viewer.heard();
    expect(told(frames)).toEqual([
      ['timer.updated', 'pause', 4],
      ['timer.sync_result', undefined, undefined],
    ]);
    expect(JSON.stringify(frames)).not.toContain('secret');
  });
});

/** Renames in one transaction, as often as that: each is a change. */
async function rename(on: Sockets, { id: actor }: Person, timerId: string, times: number, holdMs = 0): Promise<void> {
  await on.app.get(Transactions).run(async (transaction) => {
    const timers = on.app.get(TimerStore).within(transaction);
    for (let turn = 0; turn < times; turn += 1) {
      await timers.edit({
        set: 'title = $5',
        where: 't.id = $4',
        values: [timerId, `${turn} ${Math.random()}`],
        limit: 1,
        action: 'update',
        at: Date.parse(NOON) / 1_000,
        actor,
      });
    }
    await sleep(holdMs);
  });
}

const LIST = 'timer.sync_result';

/** A client that keeps what it is told, and is cut off at any moment. */
class Replica {
  readonly timers = new Map<string, Frame>();
  readonly deleted = new Set<string>();
  /** Every change it was told of: `timer revision`. */
  readonly seen = new Set<string>();
  repeated = 0;
  cuts = 0;
  private mark: string | undefined;

  constructor(
    private readonly token: string,
    private readonly resumes: boolean,
  ) {}

  /** One connection, of so many milliseconds, or until the list has come. */
  async live(url: string, ms: number | 'told all'): Promise<void> {
    const query = this.resumes && this.mark !== undefined ? { since: this.mark } : undefined;
    const device = await open(url, { token: this.token, ...(query ? { query } : {}) });
    if (!this.resumes) device.say({ type: 'timer.sync', payload: { scope: 'all' } });
    // Whoever does not resume is told a list anyway, and asks for another.
    const isTold = () => device.frames.filter(({ type }) => type === LIST).length >= (this.resumes ? 1 : 2);
    if (ms === 'told all') await device.until(isTold, 15_000);
    else await sleep(ms);
    device.hangUp();
    await device.closed;
    this.cuts += 1;
    const onThisOne = new Map<string, number>();
    for (const frame of device.frames) this.apply(frame, onThisOne);
  }

  private apply(frame: Frame, onThisOne: Map<string, number>): void {
    const payload = frame['payload'] as Frame;
    if (frame['type'] === 'error') throw new Error(JSON.stringify(frame));
    const { timer, timer_id: goneId, revision } = payload as { timer?: Frame; timer_id?: string; revision?: number };
    if (timer) this.changed(String(timer['id']), Number(timer['revision']), timer, onThisOne);
    if (goneId !== undefined) this.changed(goneId, Number(revision), undefined, onThisOne);
    if (frame['type'] === LIST) this.listed(payload as { timers: Frame[]; resync?: true }, onThisOne);
    const mark = frame['change_id'] ?? payload['change_id'];
    if (typeof mark === 'string') this.mark = mark;
  }

  private changed(id: string, revision: number, timer: Frame | undefined, onThisOne: Map<string, number>): void {
    const last = onThisOne.get(id);
    if (last !== undefined && revision <= last) throw new Error(`${id} went from ${last} to ${revision}`);
    onThisOne.set(id, revision);
    if (this.seen.has(`${id} ${revision}`)) this.repeated += 1;
    this.seen.add(`${id} ${revision}`);
    if (timer === undefined) {
      this.deleted.add(id);
      this.timers.delete(id);
    } else if (!this.deleted.has(id) && Number(this.timers.get(id)?.['revision'] ?? 0) < revision) {
      this.timers.set(id, timer);
    }
  }

  private listed({ timers, resync }: { timers: Frame[]; resync?: true }, onThisOne: Map<string, number>): void {
    if (resync) throw new Error('the log reaches back');
    for (const timer of timers) {
      const id = String(timer['id']);
      const revision = Number(timer['revision']);
      if (revision < (onThisOne.get(id) ?? 0)) throw new Error(`${id} was listed at ${revision} after something newer`);
      onThisOne.set(id, Math.max(revision, onThisOne.get(id) ?? 0));
      if (Number(this.timers.get(id)?.['revision'] ?? 0) < revision) this.timers.set(id, timer);
    }
  }

  /** A list of all there are: what is not in it is gone. */
  forget(kept: ReadonlySet<string>): void {
    for (const id of this.timers.keys()) if (!kept.has(id)) this.timers.delete(id);
  }
}

/** Small and the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

it('500 cuts during the changes of two writers, one of which commits out of order: nothing lost, nothing twice', async () => {
  const there = await atOther(other, person);
  const random = randomOf(20_260_128);
  const writing = new AbortController();
  const isWriting = () => !writing.signal.aborted;
  const created: string[] = [];

  /** Does what people do, one thing after the other. */
  async function act(who: Person): Promise<void> {
    const id = created[Math.floor(random() * created.length)];
    const choice = random();
    if (id === undefined || (choice < 0.1 && created.length < 150))
      created.push(await startTimer(who, { title: 'new' }));
    else if (choice < 0.15) {
      created.splice(created.indexOf(id), 1);
      await who.call('DELETE', `/v1/timers/${id}`);
    } else if (choice < 0.2) await who.call('POST', `/v1/timers/${id}/stop`);
    else if (choice < 0.45) await who.call('PATCH', `/v1/timers/${id}/pause`);
    else if (choice < 0.7) await who.call('PATCH', `/v1/timers/${id}/resume`);
    else await who.call('PATCH', `/v1/timers/${id}`, { title: String(choice) });
    await sleep(random() * 4);
  }

  /** Ids drawn, and not committed for a while: what is written meanwhile has higher ids and is seen earlier. */
  async function holdBack(): Promise<void> {
    const own = await startTimer(there);
    while (isWriting()) await rename(other, person, own, 1 + Math.floor(random() * 3), random() * 60);
  }

  const replicas = [new Replica(person.token, true), new Replica(person.token, false)];
  // One that was cut off before it was given its first mark has nothing to read on from.
  for (const replica of replicas) await replica.live(sockets.url, 'told all');
  const writers = Promise.all([
    (async () => {
      while (isWriting()) await act(random() < 0.7 ? person : there);
    })(),
    holdBack(),
  ]);
  const urls = [sockets.url, other.url];
  await Promise.all(
    replicas.map(async (replica) => {
      while (replica.cuts < 250) await replica.live(urls[Math.floor(random() * 2)] ?? '', random() * random() * 80);
    }),
  );
  writing.abort();
  await writers;
  await sockets.settle();
  await other.settle();
  for (const replica of replicas) await replica.live(sockets.url, 'told all');

  const rows: { id: string; revision: number; title: string; status: string }[] = await sockets.dataSource.query(
    `SELECT id, revision, title, upper(status) AS status FROM timers WHERE user_id = $1 ORDER BY id`,
    [person.id],
  );
  const changes: { change: string }[] = await sockets.dataSource.query(
    `SELECT timer_id || ' ' || revision AS change FROM timer_changes WHERE owner = $1`,
    [person.id],
  );
  const stateOf = ({ timers }: Replica) =>
    [...timers.values()]
      .map(({ id, revision, title, status }) => ({ id, revision, title, status }))
      .sort((one, next) => (String(one.id) < String(next.id) ? -1 : 1));
  const [resuming, listing] = replicas as [Replica, Replica];
  listing.forget(new Set(rows.map(({ id }) => id)));
  expect(changes.length).toBeGreaterThan(500);
  expect(stateOf(resuming)).toEqual(rows);
  expect(stateOf(listing)).toEqual(rows);
  expect([...resuming.seen].sort()).toEqual(changes.map(({ change }) => change).sort());
}, 120_000);
