import { randomUUID } from 'node:crypto';

import { elapsedAt, mergeTimers, type Timer, type TimersState } from '../../clients/typescript/src/index.js';
import { TimerCollection } from '../../clients/typescript/src/merge.js';
import { backOff, TIMING } from '../../clients/typescript/src/socket/timing.js';
import { forge, OidcIssuer } from '../identity/support/oidc-issuer.js';
import { until } from '../support/server.js';
import { becomes, type Device, type Site, startSite } from './devices.js';

let site: Site;
let issuer: OidcIssuer;
let ann: Device;

beforeAll(async () => {
  issuer = await OidcIssuer.start();
  site = await startSite({ env: { JWT_ACCESS_TTL: '2s', OIDC_ISSUER_URL: issuer.url } });
  ann = await site.person();
});
afterAll(async () => {
  await site.close();
  await issuer.stop();
});

const NEW = { title: 'Read', allocated_duration: 1_500 };
const titles = (timers: readonly Timer[]) => timers.map(({ title }) => title);
/** Another device of the same person. */
const secondDevice = async (device: Device) => {
  const other = site.guest({ token: async () => device.auth.token() });
  await other.me.get();
  return other;
};

describe('an account', () => {
  it('says why it lets nobody in', async () => {
    const guest = site.guest();
    await expect(guest.timers.active()).rejects.toMatchObject({
      name: 'MetronomeError',
      status: 401,
      code: 'HTTP_401',
    });
    await expect(guest.auth.signUp({ email: 'nobody', password: 'short' })).rejects.toMatchObject({
      status: 422,
      code: 'VALIDATION_ERROR',
      details: [
        expect.objectContaining({ loc: ['body', 'email'] }),
        expect.objectContaining({ loc: ['body', 'password'] }),
      ],
    });
    await expect(ann.timers.get('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({
      status: 404,
      code: 'TimerNotFoundError',
      message: 'Timer not found',
    });
  });

  it('renews the access token by itself, once for all calls under way', async () => {
    const { dataSource } = site;
    const device = await site.person();
    const { access_token: first } = device.auth.tokens.get() ?? {};
    const told: unknown[] = [];
    device.auth.tokens.subscribe((tokens) => told.push(tokens));
    // The token's time is over for the server; the client does not know.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const answers = await Promise.all([device.me.get(), device.timers.list().toArray(), device.tags.list().toArray()]);
    expect(answers.slice(1)).toEqual([[], []]);
    expect(told).toHaveLength(1);
    expect(device.auth.tokens.get()?.access_token).not.toBe(first);
    expect(await dataSource.query(`SELECT 1 FROM users WHERE id = $1`, [answers[0].id])).toHaveLength(1);
  });

  it('is left for good by logging out, on its sockets too', async () => {
    const device = await site.person();
    const live = device.openTimers();
    await live.ready();
    const account = device.auth.account.get();
    await device.auth.logOut();
    const { error } = await becomes(live.state, ({ status }) => status === 'closed');
    expect(error).toMatchObject({ status: 401 });
    expect(device.auth.tokens.get()).toBeNull();
    expect(device.auth.account.get()).not.toBe(account);
    await expect(live.start(NEW)).rejects.toMatchObject({ status: 401 });
  });
});

describe('lists', () => {
  it('come page by page', async () => {
    const device = await site.person();
    const group = await device.tagGroups.create({ name: 'Study', color: '#0af' });
    for (const name of ['a', 'b', 'c']) await device.tags.create({ name, color: '#0af', group_id: group.id });
    const names: string[] = [];
    for await (const { name } of device.tags.list({ limit: 2 })) names.push(name);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(await device.tags.list({ limit: 2 }).toArray(1)).toHaveLength(1);
  });
});

describe('a call that is repeated with its key', () => {
  it('has its effect once', async () => {
    const idempotencyKey = randomUUID();
    const [first, again] = [
      await ann.timers.create(NEW, { idempotencyKey }),
      await ann.timers.create(NEW, { idempotencyKey }),
    ];
    expect(again.id).toBe(first.id);
    await expect(ann.timers.create({ ...NEW, title: 'x' }, { idempotencyKey })).rejects.toMatchObject({
      code: 'IdempotencyKeyReusedError',
    });
  });

  it('may be given up', async () => {
    const signal = AbortSignal.abort(new Error('not wanted any more'));
    await expect(ann.timers.list({ signal }).toArray()).rejects.toThrow('not wanted any more');
  });
});

describe.each(['type-payload', 'action-event'] as const)("one's timers in %s", (dialect) => {
  it('are commanded, and every command is answered with the timer', async () => {
    const live = (await site.person()).openTimers({ dialect, timezone: 'Asia/Seoul' });
    await live.ready();
    const timer = await live.start(NEW);
    expect(timer).toMatchObject({ ...NEW, status: 'RUNNING', revision: 1 });
    expect(timer.started_at).toMatch(/\+09:00$/);
    expect(live.state.get().timers).toEqual([timer]);
    expect(await live.pause(timer.id)).toMatchObject({ status: 'PAUSED', revision: 2 });
    expect(await live.resume(timer.id)).toMatchObject({ status: 'RUNNING', revision: 3 });
    const stopped = await live.stop(timer.id);
    expect(live.state.get()).toMatchObject({ timers: [], ended: [stopped] });
    const next = await live.start({ ...NEW, title: 'Write' });
    expect(await live.cancel(next.id)).toMatchObject({ status: 'CANCELLED' });
    expect((await live.sync()).timers).toHaveLength(2);
    live.close();
  });

  it('answer what cannot be done with the reason', async () => {
    const live = ann.openTimers({ dialect });
    await live.ready();
    const timer = await live.start(NEW);
    const answers = await Promise.allSettled([
      live.pause(timer.id),
      live.pause(timer.id),
      live.start({ allocated_duration: 0 }),
      live.stop('00000000-0000-7000-8000-000000000000'),
      live.stop(timer.id),
    ]);
    expect(answers).toMatchObject([
      { value: { status: 'PAUSED' } },
      { reason: { code: 'PAUSE_FAILED', message: 'Cannot pause timer with status paused', status: 0 } },
      { reason: { code: 'CREATE_FAILED' } },
      { reason: { code: 'STOP_FAILED', message: 'Timer not found' } },
      { value: { status: 'COMPLETED' } },
    ]);
    live.close();
  });

  it('are the same on two devices, whichever API acts', async () => {
    const device = await site.person();
    const [one, two] = [device.openTimers({ dialect }), (await secondDevice(device)).openTimers()];
    await Promise.all([one.ready(), two.ready()]);
    const first = await one.start({ ...NEW, title: 'first' });
    const second = await device.timers.create({ ...NEW, title: 'second' });
    await device.timers.update(first.id, { title: 'changed' });
    await two.pause(second.id);
    await device.timers.delete(first.id);
    const isDone = ({ timers }: TimersState) => timers.length === 1 && timers[0]?.status === 'PAUSED';
    expect((await becomes(one.state, isDone)).timers).toEqual((await becomes(two.state, isDone)).timers);
    expect(titles(one.state.get().timers)).toEqual(['second']);
    one.close();
    two.close();
  });

  it('lose nothing when the connection is cut again and again', async () => {
    const device = await site.person();
    const live = device.openTimers({ dialect });
    const heard: string[] = [];
    for (const type of ['timer.created', 'timer.updated'] as const) {
      live.on(type, ({ timer: { id, revision } }) => heard.push(`${id} ${revision}`));
    }
    await live.ready();
    const said: Timer[] = [];
    for (let round = 0; round < 12; round += 1) {
      const timer = await device.timers.create({ ...NEW, title: `round ${round}` });
      device.cut();
      said.push(timer, await device.timers.pause(timer.id), await device.timers.resume(timer.id));
      if (round % 2 === 0) await becomes(live.state, ({ status }) => status === 'open');
      if (round % 3 === 0) said.push(await device.timers.stop(timer.id));
    }
    const isDone = ({ status, timers }: TimersState) => status === 'open' && timers.length === 8;
    await becomes(live.state, isDone);
    await until(() => said.every(({ id, revision }) => heard.includes(`${id} ${revision}`)), 5_000);
    expect(titles(live.state.get().timers)).toEqual([11, 10, 8, 7, 5, 4, 2, 1].map((round) => `round ${round}`));
    expect(live.state.get().ended).toHaveLength(4);
    expect(device.sockets.length).toBeGreaterThan(6);
    live.close();
  });
});

describe('a connection', () => {
  it('that is cut takes its commands along, and carries the next ones when it is back', async () => {
    const device = await site.person();
    const live = device.openTimers();
    await live.ready();
    device.deafen();
    const lost = live.start(NEW);
    device.cut();
    await expect(lost).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(live.state.get().status).toBe('waiting');
    const timer = await live.start({ ...NEW, title: 'after' });
    expect(live.state.get().timers).toContainEqual(timer);
    live.close();
  });

  it('that has fallen silent is noticed and replaced', async () => {
    const device = await site.person({ timing: { minDelayMs: 10, pingEveryMs: 50, pongWithinMs: 100 } });
    const live = device.openTimers();
    await live.ready();
    device.deafen();
    const timer = await device.timers.create(NEW);
    // Before its token ends, which would be noticed, too.
    await becomes(live.state, ({ timers }) => timers.some(({ id }) => id === timer.id), 1_200);
    expect(device.sockets.length).toBe(2);
    live.close();
  });

  it('rejects a command that nobody answers, and whatever waits when it is closed', async () => {
    const device = await site.person({ timing: { answerWithinMs: 100 } });
    const live = device.openTimers();
    await live.ready();
    device.deafen();
    await expect(live.start(NEW)).rejects.toMatchObject({ code: 'TIMEOUT' });
    const waiting = live.start(NEW);
    live.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(live.start(NEW)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(live.ready()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('outlives its token while its session lasts', async () => {
    const device = await site.person();
    const live = device.openTimers();
    await live.ready();
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    await live.sync();
    expect(device.sockets).toHaveLength(1);
    live.close();
  });

  it('outlives an outside issuer’s token by another', async () => {
    let made = 0;
    const token = async (): Promise<string> => {
      const now = Math.floor(Date.now() / 1_000);
      const claims = { iss: issuer.url, sub: 'ann', iat: now, exp: now + 4, jti: String(++made) };
      return Promise.resolve(forge(claims, issuer.key()));
    };
    const device = site.guest({ token });
    const live = device.openTimers();
    const renewed = new Promise((resolve) => live.on('auth.renewed', resolve));
    await live.ready();
    await renewed;
    expect(live.state.get().status).toBe('open');
    expect(device.sockets).toHaveLength(1);
    live.close();
  });

  it('waits for a server that is not there, and is never opened for somebody unknown', async () => {
    const nowhere = site.guest({ url: 'http://127.0.0.1:9', timing: { minDelayMs: 10, maxDelayMs: 20 } });
    const live = nowhere.openTimers();
    const { error } = await becomes(live.state, ({ status }) => status === 'waiting');
    expect(error).toMatchObject({ code: 'NETWORK' });
    live.close();
    const stranger = site.guest();
    await expect(stranger.openTimers().ready()).rejects.toMatchObject({ status: 401 });
  });

  it('drops what was another person’s', async () => {
    const device = await site.person();
    const live = device.openTimers();
    await live.ready();
    await live.start(NEW);
    const { userId } = live.state.get();
    await device.auth.signUp({ email: 'another@example.com', password: 'correct horse' });
    device.cut();
    const state = await becomes(live.state, (now) => now.status === 'open' && now.userId !== userId);
    expect(state.timers).toEqual([]);
    live.close();
  });
});

describe("friends' timers", () => {
  it('are followed over a cut, and are gone when they are shared no more', async () => {
    const [friend, reader] = [await site.person(), await site.person()];
    const code = (await friend.me.get()).friend_code;
    const { id: request } = await reader.friends.request({ friend_code: code });
    await friend.friends.accept(request);
    const shared = await friend.timers.create({ ...NEW, title: 'ours' });
    await friend.visibility.set('timer', shared.id, { level: 'friends' });
    const live = reader.openTimers();
    await live.ready();
    // Back before the pause or after it: either way the activity that follows is heard.
    const resumed = new Promise((resolve) => {
      live.on('timer.friend_activity', (activity) => {
        if (activity.action === 'resume') resolve(activity);
      });
    });
    expect((await live.followShared()).timers).toMatchObject([{ id: shared.id, is_shared: true }]);
    reader.cut();
    await becomes(live.state, ({ status }) => status === 'waiting');
    await friend.timers.pause(shared.id);
    await becomes(live.state, ({ shared: [timer] }) => timer?.status === 'PAUSED');
    expect(live.state.get().timers).toEqual([]);
    await friend.timers.resume(shared.id);
    expect(await resumed).toMatchObject({ action: 'resume', timer_title: 'ours' });
    await friend.visibility.delete('timer', shared.id);
    await becomes(live.state, ({ shared: timers }) => timers.length === 0);
    live.close();
  });
});

describe('times', () => {
  it('go by the server’s clock, however wrong one’s own is', async () => {
    const anHour = 3_600_000;
    const device = await site.person({ now: () => Date.now() - anHour });
    expect(device.clock.offset).toBeGreaterThan(anHour - 500);
    expect(Math.abs(device.clock.now() - Date.now())).toBeLessThan(device.clock.uncertainty + 20);
    const timer = await device.timers.create(NEW);
    expect(elapsedAt(timer, Date.parse(timer.started_at) + 61_500)).toBe(61);
    const live = device.openTimers();
    await live.ready();
    expect(elapsedAt(timer, device.clock.now())).toBeLessThan(5);
    live.close();
  });

  it('are merged by revision, from whichever source first', async () => {
    const timer = await ann.timers.create(NEW);
    const paused = await ann.timers.pause(timer.id);
    expect(mergeTimers([paused], [timer])).toEqual([paused]);
    expect(mergeTimers([timer], [paused])).toEqual([paused]);
  });
});

describe('what came in the wrong order', () => {
  const timer = {
    id: '1',
    revision: 1,
    status: 'RUNNING',
    is_shared: false,
    created_at: '2026-03-02T12:00:00Z',
  } as Timer;
  const paused: Timer = { ...timer, revision: 2, status: 'PAUSED' };

  it('changes nothing any more, nor brings back what is deleted', () => {
    const shelf = new TimerCollection();
    shelf.put(paused);
    shelf.put(timer);
    expect(shelf.get().timers).toEqual([paused]);
    shelf.remove(timer.id, 1);
    expect(shelf.get().timers).toEqual([paused]);
    shelf.remove(timer.id, 3);
    shelf.put(paused);
    expect(shelf.get().timers).toEqual([]);
  });

  it('has ended unheard when the server lists it no more', () => {
    const shelf = new TimerCollection();
    const other: Timer = { ...timer, id: '2' };
    shelf.put(timer, other, { ...timer, id: '3', status: 'COMPLETED' }, { ...timer, id: '4', is_shared: true });
    shelf.keepActive([other], 'own');
    expect(shelf.get().timers).toEqual([other]);
    expect([...shelf.get().ended, ...shelf.get().shared].map(({ id }) => id)).toEqual(['3', '4']);
  });
});

describe('the next attempt', () => {
  it('is made later each time, up to a limit, and never in the same moment for all', () => {
    const longest = [0, 1, 2, 3, 20].map((attempts) => backOff(TIMING, attempts, () => 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 30_000]);
    expect(backOff(TIMING, 3, () => 0)).toBe(2_000);
    const delays = new Set(Array.from({ length: 100 }, () => Math.round(backOff(TIMING, 5))));
    expect(delays.size).toBeGreaterThan(50);
  });
});
