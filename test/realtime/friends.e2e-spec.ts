import { Transactions } from '../../src/database/transactions.js';
import { userTopic } from '../../src/signals/topics.js';
import { Signals } from '../../src/signals/signals.js';
import { until } from '../support/server.js';
import { befriend } from '../support/people.js';
import {
  aChangeId,
  type Device,
  type Frame,
  hangUpAll,
  NOON,
  type Person,
  type Sockets,
  startSockets,
  startTimer,
  timerObject,
} from '../support/sockets.js';

let sockets: Sockets;
let owner: Person;
let friend: Person;
let friendship: string;

beforeAll(async () => {
  sockets = await startSockets();
});
beforeEach(async () => {
  owner = await sockets.signUp('Owner');
  friend = await sockets.signUp('Friend');
  friendship = await befriend(owner, friend);
});
afterEach(() => hangUpAll());
afterAll(() => sockets.close());

async function heardBy(device: Device): Promise<Frame[]> {
  await sockets.settle();
  return device.heard();
}

const activity = (action: string, timerId: string, timer_title: string | null, display_name = 'Owner'): Frame => ({
  type: 'timer.friend_activity',
  payload: { friend_id: owner.id, display_name, action, timer_id: timerId, timer_title },
  from_user: owner.id,
  timestamp: NOON,
});

async function setProfile(columns: string, ...values: unknown[]): Promise<void> {
  await sockets.app.get(Transactions).run(async (transaction) => {
    await transaction.manager.query(`UPDATE users SET ${columns} WHERE id = $1`, [owner.id, ...values]);
    await sockets.app.get(Signals).add(transaction, { topic: userTopic(owner.id), kind: 'profile.changed', body: {} });
  });
}

describe('friend activity', () => {
  it('is told for start, pause, resume, stop and cancel, and for nothing else', async () => {
    const device = await friend.connect();
    const id = await startTimer(owner, { title: 'secret' });
    await owner.call('PATCH', `/v1/timers/${id}/pause`);
    await owner.call('PATCH', `/v1/timers/${id}/resume`);
    await owner.call('PATCH', `/v1/timers/${id}`, { title: 'renamed' });
    await owner.call('POST', `/v1/timers/${id}/cancel`);
    await owner.call('DELETE', `/v1/timers/${id}`);
    expect(await heardBy(device)).toEqual([
      activity('start', id, 'secret'),
      activity('pause', id, 'secret'),
      activity('resume', id, 'secret'),
      activity('cancel', id, 'renamed'),
    ]);
  });

  it('is not told for a manual timer', async () => {
    const device = await friend.connect();
    const own = await owner.connect();
    const segments = [{ start: '2026-03-02T10:00:00Z', end: '2026-03-02T11:00:00Z' }];
    expect((await owner.call('POST', '/v1/timers/manual', { segments })).status).toBe(201);
    expect(await heardBy(device)).toEqual([]);
    expect(await own.heard()).toMatchObject([{ type: 'timer.created', payload: { action: 'update' } }]);
  });

  it('carries what the owner shares: all, no title, nothing', async () => {
    const device = await friend.connect();
    const first = await startTimer(owner, { title: 'first' });
    expect(await heardBy(device)).toEqual([activity('start', first, 'first')]);
    await setProfile(`activity_sharing = 'no_title', display_name = $2`, 'Renamed');
    const second = await startTimer(owner, { title: 'second' });
    expect(await heardBy(device)).toEqual([activity('start', second, null, 'Renamed')]);
    await setProfile(`activity_sharing = 'off'`);
    await startTimer(owner, { title: 'third' });
    expect(await heardBy(device)).toEqual([]);
  });

  it('has nothing of a timer that is private by its own setting, and of one never set as ever', async () => {
    const device = await friend.connect();
    const id = await startTimer(owner, { title: 'never set' });
    expect(await heardBy(device)).toEqual([activity('start', id, 'never set')]);
    const setting = `/v1/visibility/timer/${id}`;
    await owner.call('PUT', setting, { level: 'private' });
    for (const verb of ['pause', 'resume']) await owner.call('PATCH', `/v1/timers/${id}/${verb}`);
    expect(await heardBy(device)).toEqual([]);
    await owner.call('PUT', setting, { level: 'friends' });
    await owner.call('POST', `/v1/timers/${id}/stop`);
    expect(await heardBy(device)).toEqual([activity('stop', id, 'never set')]);
  });

  it('goes only to who is connected when it happens', async () => {
    const early = await friend.connect();
    const id = await startTimer(owner);
    await heardBy(early);
    early.hangUp();
    await early.closed;
    await owner.call('PATCH', `/v1/timers/${id}/pause`);
    await owner.call('PATCH', `/v1/timers/${id}/resume`);
    await sockets.settle();
    const device = await friend.connect();
    await owner.call('POST', `/v1/timers/${id}/stop`);
    expect(await heardBy(device)).toEqual([activity('stop', id, null)]);
  });

  it('begins with the friendship and ends with it, on open sockets', async () => {
    const stranger = await sockets.signUp('Stranger');
    const device = await stranger.connect();
    await startTimer(owner);
    expect(await heardBy(device)).toEqual([]);
    const id = await befriend(stranger, owner);
    const heard = await startTimer(owner);
    expect(await heardBy(device)).toEqual([activity('start', heard, null)]);
    await owner.call('DELETE', `/v1/friends/${id}`);
    await startTimer(owner);
    expect(await heardBy(device)).toEqual([]);
  });

  it.each(['owner', 'friend'])('ends at once when the %s blocks', async (who) => {
    const device = await friend.connect();
    const [one, other] = who === 'owner' ? [owner, friend] : [friend, owner];
    await one.call('POST', `/v1/friends/block/${other.id}`);
    await startTimer(owner);
    expect(await heardBy(device)).toEqual([]);
    const later = await friend.connect();
    await startTimer(owner);
    expect(await heardBy(later)).toEqual([]);
  });

  it('a friendship that ends while somebody connects is not heard of any more', async () => {
    const opening = friend.open();
    await owner.call('DELETE', `/v1/friends/${friendship}`);
    const device = await opening;
    await device.heard();
    await startTimer(owner);
    expect(await heardBy(device)).toEqual([]);
  });
});

describe('viewers', () => {
  const share = (id: string, level = 'friends', more: Frame = {}) =>
    owner.call('PUT', `/v1/visibility/timer/${id}`, { level, ...more });
  const withoutActivity = (frames: Frame[]) => frames.filter(({ type }) => type !== 'timer.friend_activity');
  const gone = (id: string, revision: number, facts: Frame = { from_user: owner.id, change_id: aChangeId }) => ({
    type: 'timer.deleted',
    payload: { timer_id: id, revision },
    timestamp: NOON,
    ...facts,
  });

  it('nothing of somebody else reaches a socket that did not ask', async () => {
    const device = await friend.connect();
    const id = await startTimer(owner);
    await share(id);
    await owner.call('PATCH', `/v1/timers/${id}/pause`);
    expect(withoutActivity(await heardBy(device))).toEqual([]);
  });

  it('scope shared lists the live ones shared by friendship or a list, follows them, and new ones', async () => {
    const stranger = await sockets.signUp();
    const [listed, hidden, over, ofStranger] = [
      await startTimer(owner, { title: 'listed' }),
      await startTimer(owner),
      await startTimer(owner),
      await startTimer(stranger),
    ];
    await stranger.call('PUT', `/v1/visibility/timer/${ofStranger}`, { level: 'public' });
    await share(listed);
    await share(over);
    await owner.call('POST', `/v1/timers/${over}/stop`);
    const device = await friend.connect();
    const list = await device.ask({ type: 'timer.sync', payload: { scope: 'shared' } });
    const shown = timerObject(owner, {
      ...{ id: listed, title: 'listed', is_shared: true, visibility_level: 'friends', revision: 2 },
    });
    expect(list).toEqual({
      type: 'timer.sync_result',
      payload: { timers: [shown], count: 1 },
      from_user: friend.id,
      timestamp: NOON,
    });

    await owner.call('PATCH', `/v1/timers/${listed}/pause`);
    await owner.call('PATCH', `/v1/timers/${hidden}/pause`);
    await share(hidden, 'selected', { allowed_user_ids: [friend.id] });
    const heard = withoutActivity(await heardBy(device));
    expect(
      heard.map(({ type, payload }) => [
        type,
        (payload as Frame)['action'],
        ((payload as Frame)['timer'] as Frame)['id'],
      ]),
    ).toEqual([
      ['timer.updated', 'pause', listed],
      ['timer.updated', 'update', hidden],
    ]);
    expect(heard.map(({ payload }) => ((payload as Frame)['timer'] as Frame)['is_shared'])).toEqual([true, true]);
    expect(heard.every(({ from_user: from }) => from === owner.id)).toBe(true);
  });

  it("a stranger's public timer is followed by its id alone", async () => {
    const stranger = await sockets.signUp();
    const id = await startTimer(owner);
    await share(id, 'public');
    const byId = await stranger.connect();
    const byScope = await stranger.connect();
    await byScope.ask({ type: 'timer.sync', payload: { scope: 'shared' } });
    expect(await byId.ask({ type: 'timer.sync', payload: { timer_id: id } })).toMatchObject({
      payload: { timer: { is_shared: true, revision: 2 } },
    });
    await owner.call('PATCH', `/v1/timers/${id}/pause`);
    await sockets.settle();
    expect(await byId.heard()).toMatchObject([{ type: 'timer.updated', payload: { action: 'pause' } }]);
    expect(await byScope.heard()).toEqual([]);
  });

  it('what may not be read is not found, and not followed', async () => {
    const stranger = await sockets.signUp();
    const id = await startTimer(owner);
    const device = await stranger.connect();
    expect(await device.ask({ type: 'timer.sync', payload: { timer_id: id } })).toMatchObject({
      payload: { code: 'SYNC_FAILED' },
    });
    await share(id, 'public');
    expect(await heardBy(device)).toEqual([]);
  });

  it('a deletion is told once', async () => {
    const id = await startTimer(owner);
    await share(id);
    const device = await friend.connect();
    await device.ask({ type: 'timer.sync', payload: { scope: 'shared' } });
    await owner.call('DELETE', `/v1/timers/${id}`);
    expect(await heardBy(device)).toEqual([gone(id, 3)]);
  });

  it.each([
    ['the level', { level: 'private' }],
    ['the list', { level: 'selected', allowed_user_ids: [] }],
  ])('who loses access by %s is told that it is gone, once, and hears no more', async (_what, setting) => {
    const id = await startTimer(owner);
    await share(id, 'selected', { allowed_user_ids: [friend.id] });
    const device = await friend.connect();
    await device.ask({ type: 'timer.sync', payload: { timer_id: id } });
    await share(id, setting.level, setting);
    expect(withoutActivity(await heardBy(device))).toEqual([gone(id, 3)]);
    await owner.call('PATCH', `/v1/timers/${id}`, { title: 'later' });
    expect(withoutActivity(await heardBy(device))).toEqual([]);
  });

  it.each([
    ['the friendship ends', () => owner.call('DELETE', `/v1/friends/${friendship}`)],
    ['the friend ends it', () => friend.call('DELETE', `/v1/friends/${friendship}`)],
    ['the owner blocks', () => owner.call('POST', `/v1/friends/block/${friend.id}`)],
    ['the viewer blocks', () => friend.call('POST', `/v1/friends/block/${owner.id}`)],
  ])('gone at once when %s', async (_what, act) => {
    const id = await startTimer(owner);
    await share(id);
    const device = await friend.connect();
    const asked = await friend.connect({ query: { dialect: 'action-event' } });
    await device.ask({ type: 'timer.sync', payload: { scope: 'shared' } });
    await asked.ask({ type: 'timer.sync', payload: { timer_id: id } });
    await act();
    const lost = { timer_id: id, revision: 2 };
    await until(() => asked.frames.some(({ data }) => (data as Frame | undefined)?.['deleted'] === true), 3_000);
    expect(withoutActivity(await heardBy(device))).toEqual([{ type: 'timer.deleted', payload: lost, timestamp: NOON }]);
    expect(asked.frames.at(-1)).toEqual({ event: 'timer_update', data: { ...lost, deleted: true }, timestamp: NOON });
    await owner.call('PATCH', `/v1/timers/${id}/pause`);
    expect(withoutActivity(await heardBy(device))).toEqual([]);
  });

  it('a public timer of somebody who blocks is gone for the follower', async () => {
    const stranger = await sockets.signUp();
    const id = await startTimer(owner);
    await share(id, 'public');
    const device = await stranger.connect();
    await device.ask({ type: 'timer.sync', payload: { timer_id: id } });
    await owner.call('POST', `/v1/friends/block/${stranger.id}`);
    expect(await device.next()).toEqual({
      type: 'timer.deleted',
      payload: { timer_id: id, revision: 2 },
      timestamp: NOON,
    });
  });

  it('access that comes back is told as an update', async () => {
    const id = await startTimer(owner);
    await share(id);
    const device = await friend.connect();
    await device.ask({ type: 'timer.sync', payload: { scope: 'shared' } });
    await share(id, 'private');
    expect(withoutActivity(await heardBy(device))).toEqual([gone(id, 3)]);
    await share(id);
    expect(withoutActivity(await heardBy(device))).toMatchObject([
      { type: 'timer.updated', payload: { action: 'update', timer: { id, is_shared: true, revision: 4 } } },
    ]);
  });

  it('the answer to a command of the viewer does not come after the end of the access', async () => {
    const id = await startTimer(owner);
    await share(id);
    const device = await friend.connect();
    await device.ask({ type: 'timer.sync', payload: { scope: 'shared' } });
    for (let turn = 0; turn < 10; turn += 1) {
      device.say({ type: 'timer.create', payload: { allocated_duration: 60 } });
      await Promise.all([
        owner.call('PATCH', `/v1/timers/${id}`, { title: `t${turn}` }),
        share(id, turn % 2 ? 'friends' : 'private'),
      ]);
    }
    const about = (await heardBy(device)).flatMap(({ payload }) => {
      const { timer, timer_id, revision } = payload as { timer?: Frame; timer_id?: string; revision?: number };
      if (timer?.['id'] === id) return [Number(timer['revision'])];
      return timer_id === id && revision !== undefined ? [revision] : [];
    });
    expect(about.length).toBeGreaterThan(5);
    expect(about).toEqual([...about].sort((one, other) => one - other));
    expect(new Set(about).size).toBe(about.length);
  });
});
