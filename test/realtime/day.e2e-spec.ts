import { befriend } from '../support/people.js';
import { AT_NOON } from '../support/domain.js';
import {
  aChangeId,
  type Device,
  type Frame,
  hangUpAll,
  NOON,
  type Person,
  type Sockets,
  startSockets,
  timerObject,
} from '../support/sockets.js';

/**
 * One day of one person with three devices, two friends and a viewer (docs/spec/sockets.md#the-personal-socket): what
 * each of them is told.
 */
let sockets: Sockets;
let owner: Person;
let friend: Person;
let otherFriend: Person;
let viewer: Person;
const devices: Record<string, Device> = {};

const at = (seconds: number) => new Date(AT_NOON + seconds * 1_000).toISOString().replace('.000', '');

/** What everybody was told since the last time. */
async function told(): Promise<Record<string, Frame[]>> {
  await sockets.settle();
  const heard: Record<string, Frame[]> = {};
  for (const [name, device] of Object.entries(devices)) heard[name] = await device.heard();
  return heard;
}

beforeAll(async () => {
  sockets = await startSockets();
  owner = await sockets.signUp('Owner');
  friend = await sockets.signUp('Friend');
  otherFriend = await sockets.signUp('Other Friend');
  viewer = await sockets.signUp('Viewer');
  await befriend(owner, friend);
  await befriend(otherFriend, owner);
  await sockets.dataSource.query(`UPDATE users SET email_proven_at = now() WHERE id = $1`, [viewer.id]).catch(() => 0);
  devices['phone'] = await owner.connect();
  devices['tablet'] = await owner.connect({ query: { timezone: 'Asia/Seoul' } });
  devices['desktop'] = await owner.connect({ query: { dialect: 'action-event' } });
  devices['friend'] = await friend.connect();
  devices['otherFriend'] = await otherFriend.connect({ query: { dialect: 'action-event' } });
  devices['viewer'] = await viewer.connect();
});
afterAll(async () => {
  await hangUpAll();
  await sockets.close();
});

/** The timer as it is by now; what happens to it is added as it happens. */
let timer: Frame = {};
let timerId = '';

const inSeoul = (text: unknown): unknown =>
  typeof text === 'string' && /^\d{4}-.*Z$/.test(text)
    ? new Date(Date.parse(text) + 9 * 3_600_000).toISOString().replace('.000Z', '+09:00')
    : text;

/** The same frame in Seoul. */
const seoul = (frame: Frame): Frame =>
  JSON.parse(JSON.stringify(frame), (_, value: unknown) => inSeoul(value)) as Frame;

/** What all three devices of the owner are told, each in its own words. */
function onDevices(type: string, action: string, timestamp: string) {
  const frame = { type, payload: { timer, action }, from_user: owner.id, timestamp };
  const { id, ...rest } = timer;
  const data = { timer_id: id, ...rest, status: String(timer['status']).toLowerCase(), action };
  const change_id = aChangeId;
  return {
    phone: [{ ...frame, change_id }],
    tablet: [{ ...seoul(frame), change_id }],
    desktop: [{ event: 'timer_update', data, timestamp, change_id }],
  };
}

function onFriends(action: string, title: string | null, timestamp: string) {
  const activity = { friend_id: owner.id, display_name: 'Owner', action, timer_id: timerId, timer_title: title };
  return {
    friend: [{ type: 'timer.friend_activity', payload: activity, from_user: owner.id, timestamp }],
    otherFriend: [{ event: 'friend_activity', data: activity, timestamp }],
  };
}

const NOBODY = { phone: [], tablet: [], desktop: [], friend: [], otherFriend: [], viewer: [] };

it('legacy start', async () => {
  expect(await owner.legacy.start('수학')).toMatchObject({ status: 200 });
  const heard = await told();
  timerId = ((heard['phone']?.[0]?.['payload'] as Frame | undefined)?.['timer'] as { id: string }).id;
  timer = timerObject(owner, { id: timerId, title: '수학', allocated_duration: 0, origin: 'legacy' });
  expect(heard).toEqual({
    ...NOBODY,
    ...onDevices('timer.created', 'start', NOON),
    ...onFriends('start', '수학', NOON),
  });
});

it('REST pause', async () => {
  sockets.later(600);
  expect((await owner.call('PATCH', `/v1/timers/${timerId}/pause`)).status).toBe(200);
  timer = {
    ...timer,
    ...{
      status: 'PAUSED',
      elapsed_time: 600,
      paused_at: at(600),
      running_since: null,
      updated_at: at(600),
      revision: 2,
    },
    pause_history: [
      { action: 'start', at: NOON },
      { action: 'pause', at: at(600), elapsed: 600 },
    ],
  };
  expect(await told()).toEqual({
    ...NOBODY,
    ...onDevices('timer.updated', 'pause', at(600)),
    ...onFriends('pause', '수학', at(600)),
  });
});

it('socket resume', async () => {
  sockets.later(60);
  devices['phone']?.say({ type: 'timer.resume', payload: { timer_id: timerId }, id: 'r' });
  timer = {
    ...timer,
    ...{ status: 'RUNNING', paused_at: null, running_since: at(660), updated_at: at(660), revision: 3 },
    pause_history: [...(timer['pause_history'] as Frame[]), { action: 'resume', at: at(660) }],
  };
  await devices['phone']?.heard().then((frames) => {
    expect(frames).toEqual([{ ...onDevices('timer.updated', 'resume', at(660)).phone[0], id: 'r' }]);
  });
  expect(await told()).toEqual({
    ...NOBODY,
    ...onDevices('timer.updated', 'resume', at(660)),
    ...onFriends('resume', '수학', at(660)),
    phone: [],
  });
});

it('socket stop, by the device that speaks the other dialect', async () => {
  sockets.later(40);
  devices['desktop']?.say({ action: 'stop_timer', data: { timer_id: timerId }, id: 7 });
  timer = {
    ...timer,
    ...{
      status: 'COMPLETED',
      elapsed_time: 640,
      ended_at: at(700),
      running_since: null,
      updated_at: at(700),
      revision: 4,
    },
    pause_history: [...(timer['pause_history'] as Frame[]), { action: 'stop', at: at(700), elapsed: 640 }],
  };
  await devices['desktop']?.heard().then((frames) => {
    expect(frames).toEqual([{ ...onDevices('timer.updated', 'stop', at(700)).desktop[0], id: 7 }]);
  });
  expect(await told()).toEqual({
    ...NOBODY,
    ...onDevices('timer.updated', 'stop', at(700)),
    ...onFriends('stop', '수학', at(700)),
    desktop: [],
  });
});

it('rename: the devices alone', async () => {
  sockets.later(100);
  expect((await owner.call('PATCH', `/v1/timers/${timerId}`, { title: '영어' })).status).toBe(200);
  timer = { ...timer, title: '영어', updated_at: at(800), revision: 5 };
  expect(await told()).toEqual({ ...NOBODY, ...onDevices('timer.updated', 'update', at(800)) });
});

it('a PATCH that changes nothing is told to nobody', async () => {
  expect((await owner.call('PATCH', `/v1/timers/${timerId}`, {})).status).toBe(200);
  expect((await owner.call('PATCH', `/v1/timers/${timerId}`, { title: '영어' })).status).toBe(200);
  expect(await told()).toEqual(NOBODY);
});

it('share: the devices, and a viewer once they ask', async () => {
  sockets.later(100);
  const set = await owner.call('PUT', `/v1/visibility/timer/${timerId}`, { level: 'public' });
  expect(set.status).toBe(200);
  timer = { ...timer, visibility_level: 'public', updated_at: at(900), revision: 6 };
  expect(await told()).toEqual({ ...NOBODY, ...onDevices('timer.updated', 'update', at(900)) });

  const shown = await devices['viewer']?.ask({ type: 'timer.sync', payload: { timer_id: timerId } });
  expect(shown).toEqual({
    type: 'timer.updated',
    payload: { timer: { ...timer, is_shared: true }, action: 'sync' },
    from_user: viewer.id,
    timestamp: at(900),
  });
});

it('what happens then is told to the viewer too', async () => {
  sockets.later(100);
  await owner.call('PATCH', `/v1/timers/${timerId}`, { description: '단어' });
  timer = { ...timer, description: '단어', updated_at: at(1_000), revision: 7 };
  const onOwn = onDevices('timer.updated', 'update', at(1_000));
  const viewers = { ...onOwn.phone[0], payload: { timer: { ...timer, is_shared: true }, action: 'update' } };
  expect(await told()).toEqual({ ...NOBODY, ...onOwn, viewer: [viewers] });
});

it('unshare: an update for the devices, gone for the viewer', async () => {
  sockets.later(100);
  await owner.call('DELETE', `/v1/visibility/timer/${timerId}`);
  timer = { ...timer, visibility_level: null, updated_at: at(1_100), revision: 8 };
  expect(await told()).toEqual({
    ...NOBODY,
    ...onDevices('timer.updated', 'update', at(1_100)),
    viewer: [
      {
        type: 'timer.deleted',
        payload: { timer_id: timerId, revision: 8 },
        from_user: owner.id,
        timestamp: at(1_100),
        change_id: aChangeId,
      },
    ],
  });
});

it('delete: the devices alone', async () => {
  sockets.later(100);
  await owner.call('DELETE', `/v1/timers/${timerId}`);
  const timestamp = at(1_200);
  const change_id = aChangeId;
  const deleted = { type: 'timer.deleted', payload: { timer_id: timerId, revision: 9 }, from_user: owner.id };
  expect(await told()).toEqual({
    ...NOBODY,
    phone: [{ ...deleted, timestamp, change_id }],
    tablet: [{ ...deleted, timestamp: inSeoul(timestamp), change_id }],
    desktop: [{ event: 'timer_update', data: { timer_id: timerId, revision: 9, deleted: true }, timestamp, change_id }],
  });
});
