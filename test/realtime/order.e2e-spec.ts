import { Transactions } from '../../src/database/transactions.js';
import { TagReader } from '../../src/v1/tags/tag-reader.js';
import { TimerCache } from '../../src/timer-domain/writer/timer-cache.js';
import { TimerStore } from '../../src/timer-domain/writer/timer-store.js';
import {
  type Device,
  type Frame,
  hangUpAll,
  type Person,
  type Sockets,
  startSockets,
  startTimer,
  atOther,
} from '../support/sockets.js';

let sockets: Sockets;
let person: Person;

beforeAll(async () => {
  sockets = await startSockets();
});
beforeEach(async () => {
  person = await sockets.signUp();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(() => sockets.close());

async function heardBy(device: Device): Promise<Frame[]> {
  await sockets.settle();
  return device.heard();
}

const revisionsIn = (frames: readonly Frame[], id: string): number[] =>
  frames.flatMap(({ payload }) => {
    const { timer, timer_id, revision } = payload as { timer?: Frame; timer_id?: string; revision?: number };
    if (timer?.['id'] === id) return [Number(timer['revision'])];
    return timer_id === id && revision !== undefined ? [revision] : [];
  });

it('a rollback sends no frame', async () => {
  const device = await person.connect();
  const transactions = sockets.app.get(Transactions);
  const failing = transactions.run(async (transaction) => {
    const timers = sockets.app.get(TimerStore).within(transaction);
    await timers.edit(renaming(await startTimer(person), 'never'));
    throw new Error('at the last moment');
  });
  await expect(failing).rejects.toThrow('at the last moment');
  expect(await heardBy(device)).toMatchObject([{ type: 'timer.created', payload: { timer: { title: null } } }]);
  const body = { allocated_duration: 60, tag_ids: ['00000000-0000-7000-8000-000000000000'] };
  expect((await person.call('POST', '/v1/timers', body)).status).toBe(404);
  expect(await heardBy(device)).toEqual([]);
});

const renaming = (id: string, title: string) => ({
  set: 'title = $5',
  where: 't.id = $4',
  values: [id, title],
  limit: 1,
  action: 'update' as const,
  at: Math.ceil(sockets.clock.now() / 1_000),
  actor: person.id,
});

it('frames of a timer leave in the order of its revisions, whoever acts and however long one takes', async () => {
  const devices = [await person.connect(), await person.connect(), await person.connect()];
  const id = await startTimer(person);
  let turn = 0;
  const tags = sockets.app.get(TagReader, { strict: false });
  const find = tags.find.bind(tags);
  jest.spyOn(tags, 'find').mockImplementation(async (ids) => {
    turn += 1;
    await new Promise((resolve) => setTimeout(resolve, turn % 3 === 0 ? 15 : 0));
    return find(ids);
  });
  const work = Array.from({ length: 60 }, async (_, index) => {
    const device = devices[index % 3];
    if (index % 2 === 0)
      device?.say({ type: index % 4 === 0 ? 'timer.pause' : 'timer.resume', payload: { timer_id: id }, id: index });
    else await person.call('PATCH', `/v1/timers/${id}`, { title: `t${index}` });
  });
  await Promise.all(work);
  for (const device of devices) await device.ask({ type: 'ping' });
  await sockets.settle();
  for (const device of devices) {
    await device.heard();
    const revisions = revisionsIn(device.frames.slice(2), id);
    expect(revisions.length).toBeGreaterThan(30);
    expect(revisions).toEqual(Array.from({ length: revisions.length }, (_, index) => index + 1));
  }
});

it('what happens while somebody connects comes once, after the list', async () => {
  const id = await startTimer(person);
  for (let turn = 0; turn < 20; turn += 1) {
    const opening = person.open();
    const changing = Promise.all(
      [1, 2, 3].map((index) => person.call('PATCH', `/v1/timers/${id}`, { title: `${turn} ${index}` })),
    );
    const device = await opening;
    await changing;
    const [connected, list, ...rest] = await heardBy(device);
    expect([connected?.['type'], list?.['type']]).toEqual(['connected', 'timer.sync_result']);
    const [listed = 0] = (list?.['payload'] as { timers: { revision: number }[] }).timers.map(
      ({ revision }) => revision,
    );
    const last = turn * 3 + 4;
    expect(revisionsIn(rest, id)).toEqual(Array.from({ length: last - listed }, (_, index) => listed + 1 + index));
    device.hangUp();
  }
});

it('an answer to sync is never older than a frame before it', async () => {
  const device = await person.connect();
  const id = await startTimer(person);
  for (let turn = 0; turn < 40; turn += 1) {
    device.say({ type: 'timer.sync', payload: turn % 2 === 0 ? {} : { timer_id: id } });
    await person.call('PATCH', `/v1/timers/${id}`, { title: String(turn) });
  }
  await heardBy(device);
  const revisions = device.frames.slice(2).flatMap((frame) => {
    const listed = (frame['payload'] as { timers?: { revision: number }[] }).timers;
    return listed ? listed.map(({ revision }) => revision) : revisionsIn([frame], id);
  });
  expect(revisions.length).toBeGreaterThan(50);
  expect(revisions).toEqual([...revisions].sort((one, other) => one - other));
});

describe('two instances', () => {
  let other: Sockets;

  beforeAll(async () => {
    other = await startSockets({ connection: sockets.connection });
  });
  afterAll(() => other.close());

  it('what one does is heard at the other, in order, nothing twice', async () => {
    const there = await atOther(other, person);
    const here = await person.connect();
    const far = await there.connect();
    const id = await startTimer(person);
    for (let turn = 0; turn < 10; turn += 1) {
      await (turn % 2 === 0 ? there : person).call('PATCH', `/v1/timers/${id}`, { title: String(turn) });
    }
    await there.call('DELETE', `/v1/timers/${id}`);
    await sockets.settle();
    await other.settle();
    const expected = Array.from({ length: 12 }, (_, index) => index + 1);
    expect(revisionsIn(await here.heard(), id)).toEqual(expected);
    expect(revisionsIn(await far.heard(), id)).toEqual(expected);
  });

  it('a gap is filled from the log before anything newer leaves, also before an answer', async () => {
    const there = await atOther(other, person);
    const id = await startTimer(person);
    const device = await person.connect();
    await there.call('PATCH', `/v1/timers/${id}`, { title: 'there' });
    const answer = await device.ask({ type: 'timer.pause', payload: { timer_id: id } });
    expect(answer).toMatchObject({ payload: { action: 'pause', timer: { revision: 3 } } });
    expect(revisionsIn(device.frames.slice(2), id)).toEqual([2, 3]);
    expect(revisionsIn(await heardBy(device), id)).toEqual([]);
  });

  it('what was remembered for commands is let go of when the other has changed it', async () => {
    const cache = sockets.app.get(TimerCache);
    const there = await atOther(other, person);
    const device = await person.connect();
    const id = await startTimer(person);
    expect(revisionsIn(await heardBy(device), id)).toEqual([1]);
    expect(cache.get(id)).toBeDefined();
    await there.call('POST', `/v1/timers/${id}/stop`);
    expect(revisionsIn(await heardBy(device), id)).toEqual([2]);
    expect(cache.get(id)).toBeUndefined();
  });

  it('a change that could not be told while the database was away is told afterwards', async () => {
    const device = await person.connect();
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    jest.spyOn(TagReader.prototype, 'find').mockRejectedValueOnce(away).mockRejectedValueOnce(away);
    const timer = await sockets.create({ userId: person.id });
    await sockets.settle();
    await sockets.settle();
    await sockets.settle();
    expect(revisionsIn(await device.heard(), timer.id)).toEqual([1]);
  });
});
