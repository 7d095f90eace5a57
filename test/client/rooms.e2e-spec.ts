import { remainingAt, type RoomSocket, type RoomState } from '../../clients/typescript/src/index.js';
import { until } from '../support/server.js';
import { becomes, type Site, startSite } from './devices.js';

let site: Site;

beforeAll(async () => {
  site = await startSite({ env: { ROOM_MAX_PARTICIPANTS: '3' } });
});
afterAll(() => site.close());

const NEW = { room_name: 'team-alpha', work_duration_minutes: 25 };
const names = ({ participants }: RoomState) => participants.map(({ name }) => name).sort();
const isOpen = ({ status }: RoomState) => status === 'open';
const enter = async (roomId: string, name: string, hostToken?: string) => {
  const device = site.guest();
  const room = device.openRoom(roomId, { name, ...(hostToken === undefined ? {} : { hostToken }) });
  await room.ready();
  return { device, room };
};
const leave = (...rooms: RoomSocket[]) => {
  for (const room of rooms) room.close();
};

describe('a room over REST', () => {
  it('is made, changed, used and deleted by its host alone', async () => {
    const [host, member] = [site.guest(), site.guest()];
    const { room_id: id, host_token: hostToken } = await host.rooms.create(NEW);
    expect(await member.rooms.start(id, 'work')).toMatchObject({ status: 'running', remaining_seconds: 1_500 });
    expect(await member.rooms.pause(id)).toMatchObject({ status: 'paused' });
    expect(await member.rooms.resume(id)).toMatchObject({ status: 'running' });
    await expect(member.rooms.start(id)).rejects.toMatchObject({ status: 409, code: 'TIMER_ALREADY_RUNNING' });
    await expect(member.rooms.update(id, { control: 'host' })).rejects.toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    expect(await host.rooms.update(id, { control: 'host' }, { hostToken })).toMatchObject({ control: 'host' });
    expect(await host.rooms.reset(id, { hostToken })).toMatchObject({ status: 'idle' });
    expect(await member.rooms.statistics(id, { period: 'week' })).toMatchObject({ completed_sessions: 0 });
    expect(await member.rooms.participants(id)).toEqual([]);
    await expect(host.rooms.create({ room_name: '?' })).rejects.toMatchObject({
      status: 422,
      details: [{ code: 'ROOM_NAME_INVALID' }],
    });
    await host.rooms.delete(id, { hostToken });
    await expect(member.rooms.get(id)).rejects.toMatchObject({ status: 404, code: 'ROOM_NOT_FOUND' });
  });
});

describe.each(['type-payload', 'action-event'] as const)('a room in %s', (dialect) => {
  it('shows everybody the same timer and the same people', async () => {
    const { room_id: id, host_token: hostToken } = await site.guest().rooms.create(NEW);
    const ann = site.guest().openRoom(id, { name: 'Ann', hostToken, dialect });
    await ann.ready();
    const { room: bob } = await enter(id, 'Bob');
    await becomes(ann.state, (state) => names(state).length === 2);
    expect(ann.state.get()).toMatchObject({ me: { name: 'Ann', is_host: true } });
    expect(bob.state.get()).toMatchObject({ me: { name: 'Bob', is_host: false } });
    await becomes(bob.state, ({ room }) => room?.host?.name === 'Ann');
    expect(names(bob.state.get())).toEqual(['Ann', 'Bob']);

    const running = await ann.start();
    expect(running).toMatchObject({ status: 'running', session_type: 'work' });
    await becomes(bob.state, ({ timer }) => timer?.revision === running.revision);
    await expect(bob.start('break')).rejects.toMatchObject({ code: 'TIMER_ALREADY_RUNNING' });
    expect(await bob.pause()).toMatchObject({ status: 'paused' });
    expect(await ann.resume()).toMatchObject({ status: 'running' });
    await ann.pause();
    expect(await bob.reset()).toMatchObject({ status: 'idle', remaining_seconds: 1_500 });
    expect(await ann.start('break')).toMatchObject({ session_type: 'break' });
    await becomes(bob.state, ({ timer }) => timer?.session_type === 'break');

    bob.close();
    await becomes(ann.state, (state) => names(state).join() === 'Ann');
    ann.close();
  });

  it('is followed on a member’s own socket, over a lost connection, until it is left', async () => {
    const { room_id: id } = await site.guest().rooms.create(NEW);
    const { room: bob } = await enter(id, 'Bob');
    const member = await site.person();
    const live = member.openTimers({ dialect });
    await live.ready();
    const heard: unknown[] = [];
    live.on('room.participant', ({ room_id: room, participant, action }) => {
      heard.push([room, participant.name, action]);
    });

    expect(await live.joinRoom(id, 'Ann')).toMatchObject({ room: { room_name: 'team-alpha' } });
    await becomes(bob.state, (state) => names(state).join() === 'Ann,Bob');
    await becomes(live.state, ({ rooms }) => rooms[id]?.status === 'idle');
    expect(await live.controlRoom(id, 'start', 'break')).toMatchObject({ status: 'running', session_type: 'break' });
    await becomes(bob.state, ({ timer }) => timer?.status === 'running');

    member.cut();
    await becomes(live.state, ({ status }) => status !== 'open');
    await bob.pause();
    await becomes(live.state, ({ rooms }) => rooms[id]?.status === 'paused');
    expect(live.state.get().timers).toEqual([]);
    expect(heard).toContainEqual([id, 'Ann', 'joined']);

    await live.leaveRoom(id);
    expect(live.state.get().rooms).toEqual({});
    await expect(live.controlRoom(id, 'resume')).rejects.toMatchObject({ code: 'ROOM_NOT_FOUND' });
    await becomes(bob.state, (state) => names(state).join() === 'Bob');
    leave(bob);
    live.close();
  });

  it('obeys its host alone when it is told to', async () => {
    const host = site.guest();
    const { room_id: id, host_token: hostToken } = await host.rooms.create(NEW);
    const room = site.guest().openRoom(id, { name: 'Bob', dialect });
    await room.ready();
    await host.rooms.update(id, { control: 'host', room_name: 'team-beta' }, { hostToken });
    await becomes(room.state, ({ room: settings }) => settings?.room_name === 'team-beta');
    await expect(room.start()).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'Only room host can control the timer',
    });
    room.close();
  });

  it('is come back to as the same person, and tells what was missed', async () => {
    const { room_id: id } = await site.guest().rooms.create(NEW);
    const device = site.guest({ timing: { minDelayMs: 300 } });
    const room = device.openRoom(id, { name: 'Ann', dialect });
    await room.ready();
    const { participants } = await becomes(room.state, (state) => names(state).length === 1);
    const seen: string[] = [];
    room.on('room.timer', ({ timer }) => seen.push(`${timer.status} ${timer.revision}`));
    device.cut();
    await becomes(room.state, ({ status }) => status === 'waiting');
    const [running, paused] = [await device.rooms.start(id), await device.rooms.pause(id)];
    await becomes(room.state, (state) => isOpen(state) && state.timer?.revision === paused.revision);
    await until(() => seen.includes(`running ${running.revision}`), 5_000);
    expect(room.state.get().timer?.status).toBe('paused');
    await becomes(room.state, (state) => names(state).join() === 'Ann');
    expect(room.state.get().participants).toEqual(participants);
    room.close();
  });
});

describe('a place in a room', () => {
  it('is kept by what one was in an earlier visit', async () => {
    const { room_id: id } = await site.guest().rooms.create(NEW);
    const { room } = await enter(id, 'Ann');
    const { me } = await becomes(room.state, ({ participants }) => participants.length === 1);
    room.close();
    const again = site.guest().openRoom(id, me ? { me } : {});
    await again.ready();
    expect(again.state.get().me).toEqual(me);
    await becomes(again.state, ({ participants }) => participants[0]?.id === me?.participant_id);
    again.close();
  });

  it('is waited for while the room is full', async () => {
    const { room_id: id } = await site.guest().rooms.create(NEW);
    const inside = await Promise.all(['Ann', 'Bob', 'Cid'].map((name) => enter(id, name)));
    const late = site.guest().openRoom(id, { name: 'Dan' });
    const { error } = await becomes(late.state, ({ status }) => status === 'waiting');
    expect(error).toMatchObject({ status: 409, code: 'MAX_PARTICIPANTS_REACHED' });
    inside[0]?.room.close();
    await late.ready();
    expect(late.state.get().error).toBeNull();
    leave(late, ...inside.map(({ room }) => room));
  });

  it('ends with the room, and there is none in one that does not exist', async () => {
    const host = site.guest();
    const { room_id: id, host_token: hostToken } = await host.rooms.create(NEW);
    const { room } = await enter(id, 'Ann');
    await host.rooms.delete(id, { hostToken });
    const { error } = await becomes(room.state, ({ status }) => status === 'closed');
    expect(error).toMatchObject({ code: 'ROOM_NOT_FOUND' });
    await expect(site.guest().openRoom(id).ready()).rejects.toMatchObject({ status: 404, code: 'ROOM_NOT_FOUND' });
  });

  it('is lost to whoever the host takes out', async () => {
    const host = site.guest();
    const { room_id: id, host_token: hostToken } = await host.rooms.create(NEW);
    const { room } = await enter(id, 'Ann');
    await host.rooms.remove(id, room.state.get().me?.participant_id ?? '', { hostToken });
    const { error } = await becomes(room.state, ({ status }) => status === 'closed');
    expect(error).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('what is left', () => {
  it('is read off the server’s clock, in parts of a second, and never below nothing', () => {
    const timer = { remaining_seconds: 60, target_timestamp: '2026-03-02T12:01:00Z', duration_seconds: 60 };
    const noon = Date.parse('2026-03-02T12:00:00Z');
    expect([-5_000, 0, 1_250, 61_000].map((ms) => remainingAt(timer, noon + ms))).toEqual([60, 60, 58.75, 0]);
    expect(remainingAt({ ...timer, target_timestamp: null, remaining_seconds: 7 }, noon)).toBe(7);
  });
});
