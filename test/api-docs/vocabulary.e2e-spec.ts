import { DIALECTS, framesOf } from '../../src/api-docs/asyncapi/document.js';
import type { Endpoint, Frame as Documented } from '../../src/api-docs/asyncapi/frame.js';
import { BearerIdentities } from '../../src/identity/bearer/bearer-identities.js';
import type { Device, Frame, Person } from '../support/sockets.js';
import { type House, startHouse, type TestRoom } from '../support/rooms.js';
import { until } from '../support/server.js';
import { AT_NOON } from '../support/domain.js';

/** What is asked for, in both dialects' words. */
const WORDS = {
  create: ['timer.create', 'start_timer'],
  start: ['timer.start', 'start_timer'],
  pause: ['timer.pause', 'pause_timer'],
  resume: ['timer.resume', 'resume_timer'],
  stop: ['timer.stop', 'stop_timer'],
  cancel: ['timer.cancel', 'cancel_timer'],
  reset: ['timer.reset', 'reset_timer'],
  sync: ['timer.sync', 'sync_timer'],
  join: ['room.join', 'join_room'],
  leave: ['room.leave', 'leave_room'],
  renew: ['auth.renew', 'renew_auth'],
  ping: ['ping', 'ping'],
} as const;

let keys = 0;
const newKey = (): string => `vocabulary-key-${++keys}`;

const MISSED = 201;

describe.each(DIALECTS)('everything that is said in %s', (dialect) => {
  let house: House;
  let alice: Person;
  let room: TestRoom;

  beforeAll(async () => {
    house = await startHouse();
    alice = await house.signUp('alice');
    room = await house.create({ work_duration_minutes: 1 });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => house.close());

  function frameOf(word: keyof typeof WORDS, about: object, beside: object = {}): Frame {
    const [type, action] = WORDS[word];
    return dialect === 'type-payload' ? { type, payload: about, ...beside } : { action, data: about, ...beside };
  }

  /** Asks, and gives back what the answer is about. */
  async function ask(device: Device, word: keyof typeof WORDS, about: object = {}, beside: object = {}) {
    const answer = await device.ask(frameOf(word, about, beside));
    expect(answer).not.toHaveProperty('error');
    expect(answer['type']).not.toBe('error');
    return (answer['payload'] ?? answer['data']) as Frame;
  }

  const keyed = () => ({ idempotency_key: newKey() });

  /** The next socket is opened with an outside issuer's token, which ends by itself: our own last as long as the session. */
  async function endsSoon(): Promise<void> {
    const identities = house.app.get(BearerIdentities, { strict: false });
    const identity = await identities.identify(alice.token, '');
    const expiresAt = Math.floor(Date.now() / 1_000) + 30;
    jest.spyOn(identities, 'identify').mockResolvedValueOnce({ ...identity, sessionId: null, expiresAt });
  }

  const wordsOf = (device: Device): string[] => device.frames.map((frame) => String(frame['type'] ?? frame['event']));

  /** Every word that is documented has been said. */
  function expectAll(endpoint: Endpoint, ...devices: Device[]): void {
    const said = new Set(devices.flatMap(wordsOf));
    const documented = framesOf(endpoint, dialect, 'toClient').map(({ word }: Documented) => word);
    expect(documented.filter((word) => !said.has(word))).toEqual([]);
  }

  it('on a person’s socket', async () => {
    const bob = await house.signUp('bob');
    await bob.call('POST', '/v1/friends/requests', { friend_code: alice.code });
    const [request] = (await alice.call('GET', '/v1/friends/requests/received')).body as { id: string }[];
    await alice.call('POST', `/v1/friends/requests/${request?.id ?? ''}/accept`);
    const device = await alice.connect({ query: { dialect } });

    await ask(device, 'ping', { sent_at: AT_NOON });
    const about = { allocated_duration: 60, title: 'Tea', description: null, schedule_id: null, todo_id: null };
    const created = await ask(device, 'create', { ...about, tag_ids: [] }, keyed());
    const timer = (created['timer'] ?? created) as Frame;
    const own = { timer_id: timer['id'] ?? timer['timer_id'] };
    await ask(device, 'pause', own, keyed());
    await ask(device, 'resume', own, keyed());
    await ask(device, 'sync', own);
    await ask(device, 'sync', { scope: 'all' });
    expect(await ask(device, 'sync', { since: 'nothing' })).toMatchObject({ resync: true });
    await ask(device, 'stop', own, keyed());
    await alice.call('PATCH', `/v1/timers/${String(own.timer_id)}`, { title: 'Coffee' });
    await alice.call('DELETE', `/v1/timers/${String(own.timer_id)}`);
    const second = await ask(device, 'create', { allocated_duration: 60 });
    const other = (second['timer'] ?? second) as Frame;
    await ask(device, 'cancel', { timer_id: other['id'] ?? other['timer_id'] }, keyed());
    await bob.call('POST', '/v1/timers', { allocated_duration: 60 });
    await device.ask(frameOf('sync', { timer_id: '00000000-0000-7000-8000-000000000000' }));

    const there = { room_id: room.id };
    await ask(device, 'join', { ...there, name: 'Alice' });
    await ask(device, 'start', { ...there, session_type: 'work' }, keyed());
    await ask(device, 'pause', there, keyed());
    await ask(device, 'resume', there, keyed());
    await ask(device, 'reset', there, keyed());
    await room.call('PATCH', '', { ...room.asHost, body: { break_duration_minutes: 3 } });
    await ask(device, 'start', there);
    await house.later(60);
    await house.tick();
    await house.settle();
    await ask(device, 'leave', there);
    await ask(device, 'renew', { token: alice.token });
    await house.settle();

    await endsSoon();
    const expiring = await house.open({ token: alice.token, query: { dialect } });
    await until(() => expiring.frames.length >= 3, 5_000);
    expectAll('personal', device, expiring);
  });

  it('on a person’s socket when there are more timers than a list holds', async () => {
    const carol = await house.signUp('carol');
    await house.dataSource.query(
      `INSERT INTO timers (id, user_id, origin, status, allocated_duration, elapsed_time, started_at, paused_at, history,
         revision, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'v1', 'paused', 60, 0, now(), now(), '[]', 1, now(), now() FROM generate_series(1, $2)`,
      [carol.id, MISSED],
    );
    const device = await carol.connect({ query: { dialect } });
    expect(await ask(device, 'sync', { scope: 'all' })).toMatchObject({ count: MISSED - 1, truncated: true });
  });

  it('on a room’s socket', async () => {
    const own = await house.create({ work_duration_minutes: 1 });
    const device = await own.enter({ token: alice.token, query: { dialect } });
    await ask(device, 'ping', { sent_at: 'now' });
    await ask(device, 'start', {}, { session_type: 'work', ...keyed() });
    await ask(device, 'pause', {}, keyed());
    await ask(device, 'resume', {}, keyed());
    await ask(device, 'reset', {}, keyed());
    await ask(device, 'sync');
    expect(await ask(device, 'sync', { since: 'nothing' })).toMatchObject({ resync: true });
    await own.call('PATCH', '', { ...own.asHost, body: { break_duration_minutes: 3 } });
    await ask(device, 'start', { session_type: 'work' });
    await house.later(60);
    await house.tick();
    await house.settle();
    const guest = await own.enter();
    guest.hangUp();
    await ask(device, 'renew', { token: alice.token });
    device.say(frameOf('stop', {}));
    await endsSoon();
    const expiring = await own.open({ token: alice.token, query: { dialect } });
    await until(() => wordsOf(expiring).some((word) => word.startsWith('auth')), 5_000);
    await device.heard();
    expectAll('room', device, expiring);
  });
});
