import { type Device, type Frame, hangUpAll, type Person, type Sockets, startSockets } from '../support/sockets.js';
import { AT_NOON } from '../support/domain.js';
import { at, type Item } from '../support/timers.js';

/**
 * What a person's devices are told of what REST does (docs/spec/v1.md#57-pushes, docs/spec/extensions.md#sockets): each
 * change once, after its commit.
 */

let sockets: Sockets;
let person: Person;
let device: Device;

beforeAll(async () => {
  sockets = await startSockets();
  person = await sockets.signUp();
  device = await person.connect();
});
beforeEach(async () => {
  sockets.clock.ms = AT_NOON;
  await told();
});
afterAll(async () => {
  await hangUpAll();
  await sockets.close();
});

async function told(): Promise<Frame[]> {
  await sockets.settle();
  return device.heard();
}

async function call(method: string, path: string, body?: unknown): Promise<Item> {
  const reply = await person.call(method, path, body);
  expect(reply.status).toBeLessThan(300);
  return reply.body as Item;
}
const create = (own: object = {}) => call('POST', '/v1/timers', { allocated_duration: 60, ...own });

const aChangeId = expect.any(String) as string;
/** A frame that tells a timer as REST shows it, as of a second. */
const frame = (type: string, timer: Item, action: string, seconds = 0) => ({
  type,
  payload: { timer, action },
  from_user: person.id,
  timestamp: at(seconds),
  change_id: aChangeId,
});

it('control: each its action', async () => {
  const timer = await create();
  expect(await told()).toEqual([frame('timer.created', timer, 'start')]);
  for (const [method, verb] of [
    ['PATCH', 'pause'],
    ['PATCH', 'resume'],
    ['POST', 'stop'],
  ] as const) {
    const changed = await call(method, `/v1/timers/${timer.id}/${verb}`);
    expect(await told()).toEqual([frame('timer.updated', changed, verb)]);
  }
  const other = await create();
  await told();
  const cancelled = await call('POST', `/v1/timers/${other.id}/cancel`);
  expect(await told()).toEqual([frame('timer.updated', cancelled, 'cancel')]);
});

it('an edit is update, one of nothing is none, a deletion says id and revision', async () => {
  const { id } = await create();
  await told();
  const edited = await call('PATCH', `/v1/timers/${id}`, { title: 'x' });
  expect(await told()).toEqual([frame('timer.updated', edited, 'update')]);
  for (const body of [{}, { title: 'x' }, { status: 'COMPLETED' }]) await call('PATCH', `/v1/timers/${id}`, body);
  expect(await told()).toEqual([]);
  await call('DELETE', `/v1/timers/${id}`);
  const payload = { timer_id: id, revision: 3 };
  expect(await told()).toEqual([
    { type: 'timer.deleted', payload, from_user: person.id, timestamp: at(0), change_id: aChangeId },
  ]);
});

it('time entered by hand is timer.created with update, its correction timer.updated with update', async () => {
  const segments = [{ start: at(-60), end: at(0) }];
  const made = await call('POST', '/v1/timers/manual', { segments });
  expect(await told()).toEqual([frame('timer.created', made, 'update')]);
  sockets.later(10);
  const corrected = await call('PATCH', `/v1/timers/${made.id}/segments`, {
    segments: [{ start: at(-90), end: at(0) }],
  });
  expect(corrected).toMatchObject({ elapsed_time: 90, revision: 2 });
  expect(await told()).toEqual([frame('timer.updated', corrected, 'update', 10)]);
  await call('PATCH', `/v1/timers/${made.id}/segments`, { segments: [{ start: at(-90), end: at(0) }] });
  expect(await told()).toEqual([]);
});

it('what it is linked to, tagged with or shared as: update', async () => {
  const group = await call('POST', '/v1/tags/groups', { name: 'g', color: '#abc' });
  const tag = await call('POST', '/v1/tags', { name: 'x', color: '#fff', group_id: group.id });
  const todo = await call('POST', '/v1/todos', { title: 't', tag_group_id: group.id });
  const times = { start_time: '2026-03-03T09:00:00Z', end_time: '2026-03-03T10:00:00Z' };
  const schedule = await call('POST', '/v1/schedules', { title: 's', ...times });
  const { id } = await create({ schedule_id: schedule.id, todo_id: todo.id, tag_ids: [tag.id] });
  await told();
  const changes: [string, string, object?][] = [
    ['PUT', `/v1/visibility/timer/${id}`, { level: 'friends' }],
    ['DELETE', `/v1/visibility/timer/${id}`],
    ['DELETE', `/v1/schedules/${schedule.id}`],
    ['DELETE', `/v1/todos/${todo.id}`],
    ['DELETE', `/v1/tags/${tag.id}`],
  ];
  for (const [index, [method, path, body]] of changes.entries()) {
    await call(method, path, body);
    const timer = await call('GET', `/v1/timers/${id}?tag_include_mode=timer_only`);
    expect(timer['revision']).toBe(index + 2);
    expect(await told()).toEqual([frame('timer.updated', timer, 'update')]);
  }
});

it('a renamed tag is no change of what carries it', async () => {
  const group = await call('POST', '/v1/tags/groups', { name: 'g', color: '#abc' });
  const tag = await call('POST', '/v1/tags', { name: 'x', color: '#fff', group_id: group.id });
  await create({ tag_ids: [tag.id] });
  await told();
  await call('PATCH', `/v1/tags/${tag.id}`, { name: 'y' });
  expect(await told()).toEqual([]);
});

it('what was refused is told to nobody', async () => {
  const { id } = await create();
  await call('POST', `/v1/timers/${id}/stop`);
  await told();
  const refused: [string, string, object?][] = [
    ['POST', '/v1/timers', { allocated_duration: 0 }],
    ['POST', '/v1/timers', { allocated_duration: 60, tag_ids: ['00000000-0000-7000-8000-000000000000'] }],
    ['POST', '/v1/timers?timezone=Mars', { allocated_duration: 60 }],
    ['PATCH', `/v1/timers/${id}/pause`],
    ['POST', `/v1/timers/${id}/stop`],
    ['PATCH', `/v1/timers/${id}`, { title: 'x', todo_id: '00000000-0000-7000-8000-000000000000' }],
    ['POST', '/v1/timers/manual', { segments: [{ start: at(0), end: at(60) }] }],
    ['PATCH', `/v1/timers/${id}/segments`, { segments: [{ start: at(-60), end: at(0) }], revision: 1 }],
  ];
  for (const [method, path, body] of refused) {
    const { status } = await person.call(method, path, body);
    expect({ path, isRefused: status >= 400 && status < 500 }).toEqual({ path, isRefused: true });
  }
  expect(await told()).toEqual([]);
});
