import { RoomArrival } from '../../src/rooms/socket/room-arrival.js';
import { type Frame, hangUpAll, knock, type Person } from '../support/sockets.js';
import { until } from '../support/server.js';
import { failure, type House, idOf, people, seen, startHouse, type TestRoom } from '../support/rooms.js';

/** Who is in a room, as whom, and who hears of it (docs/spec/rooms.md#who-is-who and "Socket"). */

let house: House;
let person: Person;
/** Made anew for each test; few fit in. */
let room: TestRoom;

beforeAll(async () => {
  house = await startHouse({ env: { ROOM_MAX_PARTICIPANTS: '4' } });
  person = await house.signUp('Alice');
});
beforeEach(async () => {
  room = await house.create();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(() => house.close());

const aGuestName = expect.stringMatching(/^Guest-[2-9A-Z]{4}$/) as string;

const left = (id: string, name: string, count: number): Frame => people('left', id, name, count, house.at());
describe('somebody is who they can prove to be', () => {
  it('a public id proves nothing', async () => {
    const [alice, bob] = [await room.join('Alice'), await room.join('Bob')];
    const asAlice = { 'Sec-WebSocket-Protocol': `participant.${alice.participant_id}` };
    expect(await knock(house.url, `/ws/room/${room.id}`, asAlice)).toMatchObject({ status: 401 });
    const impostor = await room.enter({ query: { name: 'Alice' } });
    expect(idOf(impostor)).not.toBe(alice.participant_id);
    const remove = (headers: Record<string, string>) =>
      room.call('DELETE', `/participants/${alice.participant_id}`, { headers }).then(seen);
    const forbidden = failure(403, 'FORBIDDEN', 'Only the participant or the room host can remove a participant');
    expect(await remove({})).toEqual(forbidden);
    expect(await remove({ 'X-Participant-Token': bob.participant_token })).toEqual(forbidden);
    expect(await remove({ 'X-Participant-Token': alice.participant_id })).toEqual(
      failure(401, 'UNAUTHORIZED', 'Invalid token'),
    );
    expect(await remove({ 'X-Host-Token': 'x' })).toEqual(forbidden);
    expect(await remove({ 'X-Participant-Token': alice.participant_token })).toEqual({ status: 204, body: undefined });
  });

  it('a token of one room opens no other', async () => {
    const other = await house.create();
    const { participant_token: token } = await room.join('Alice');
    const headers = { 'Sec-WebSocket-Protocol': `participant.${token}` };
    expect(await knock(house.url, `/ws/room/${other.id}`, headers)).toMatchObject({ status: 401 });
  });

  it('a join over REST is forgotten after 24 hours without a socket', async () => {
    const { participant_token: token } = await room.join('Alice');
    const opening = { protocols: [`participant.${token}`] };
    await house.later(86_399);
    const device = await room.enter(opening);
    device.socket.close();
    await until(async () => (await room.presences())[0]?.closed === 1, 5_000);
    await house.later(86_399);
    (await room.enter(opening)).socket.close();
    await until(async () => (await room.presences())[0]?.closed === 2, 5_000);
    await house.later(86_401);
    await expect(room.open(opening)).rejects.toThrow('401');
    const headers = { 'X-Participant-Token': token };
    const reply = await room.call('DELETE', '/participants/x', { headers });
    expect(seen(reply)).toEqual(failure(401, 'UNAUTHORIZED', 'Invalid token'));
  });

  it('a room remembers 500 joins without a socket, the oldest go first, and no join looks at more', async () => {
    const carried = await room.join('Carried');
    await room.enter({ protocols: [`participant.${carried.participant_token}`] });
    const oldest = await room.join('Oldest');
    await house.dataSource.query(
      `INSERT INTO participants (id, room_id, token_hash, name, created_at, remembered_from)
       SELECT 'user-' || n, $1, sha256(n::text::bytea), 'Flood', $2::timestamptz + n * interval '1 ms', $2::timestamptz + n * interval '1 ms'
       FROM generate_series(1, 700) n`,
      [room.id, house.at()],
    );
    const waiting = async () => {
      const [row] = await house.dataSource.query<{ count: number }[]>(
        `SELECT count(*)::int AS count FROM participants WHERE room_id = $1 AND id <> $2`,
        [room.id, carried.participant_id],
      );
      return row?.count;
    };
    const newest: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      await house.later(1);
      newest.push((await room.join(`New ${nth}`)).participant_token);
    }
    expect(await waiting()).toBe(500);
    const status = async (token: string) =>
      (await room.call('DELETE', '/participants/x', { headers: { 'X-Participant-Token': token } })).status;
    expect(await status(oldest.participant_token)).toBe(401);
    expect(await Promise.all([carried.participant_token, ...newest].map(status))).toEqual([403, 403, 403, 403]);
  });

  it('300 joins in ten minutes for a room and an address, then 429; another room is another count', async () => {
    const limited = await startHouse({
      connection: house.connection,
      clock: house.clock,
      env: { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_MAX: '10000' },
    });
    try {
      const [one, other] = [await limited.create(), await limited.create()];
      for (let nth = 0; nth < 300; nth += 1) await one.join('Flood');
      const refused = await one.call('POST', '/participants', { body: { participant_name: 'Flood' } });
      expect(seen(refused)).toEqual(failure(429, 'RATE_LIMITED', 'Too many requests'));
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      await other.join('Flood');
    } finally {
      await limited.close();
    }
  });

  it('who is removed between being let in and being told of it is shown out', async () => {
    const bystander = await room.enter();
    const { participant_id: id, participant_token: token } = await room.join('Alice');
    const touch = house.app.get(RoomArrival);
    const arrive = touch.arrive.bind(touch);
    jest.spyOn(touch, 'arrive').mockImplementation(async (connection, membership) => {
      expect((await room.call('DELETE', `/participants/${id}`, room.asHost)).status).toBe(204);
      await house.settle();
      return arrive(connection, membership);
    });
    const device = await room.open({ protocols: [`participant.${token}`] });
    expect(await device.closed).toMatchObject({ code: 4403 });
    await until(async () => (await room.count()) === 1, 5_000);
    expect(await house.heardBy(bystander)).toEqual([[]]);
  });

  it('so is who was let into a room that is deleted meanwhile', async () => {
    const touch = house.app.get(RoomArrival);
    const arrive = touch.arrive.bind(touch);
    jest.spyOn(touch, 'arrive').mockImplementation(async (connection, membership) => {
      expect((await room.call('DELETE', '', room.asHost)).status).toBe(204);
      await house.settle();
      return arrive(connection, membership);
    });
    const device = await room.open();
    expect(await device.closed).toMatchObject({ code: 4404 });
    expect(device.frames).toMatchObject([{ event: 'error', error: { code: 'ROOM_NOT_FOUND' } }]);
  });

  it('who is removed is shown out with 4403, and the others hear that they left', async () => {
    const { participant_id: id, participant_token: token } = await room.join('Alice');
    const tabs = [1, 2].map(() => room.enter({ protocols: [`participant.${token}`] }));
    const [one, two] = await Promise.all(tabs);
    const bystander = await room.enter();
    expect((await room.call('DELETE', `/participants/${id}`, room.asHost)).status).toBe(204);
    await house.settle();
    expect([await one?.closed, await two?.closed]).toMatchObject([{ code: 4403 }, { code: 4403 }]);
    expect(await bystander.next()).toEqual(left(id, 'Alice', 1));
    expect(await house.heardBy(bystander)).toEqual([[]]);
    await expect(room.open({ protocols: [`participant.${token}`] })).rejects.toThrow('401');
  });
});

describe('the host', () => {
  const CLOSED = { control: 'host' };
  const refused = failure(403, 'FORBIDDEN', 'Only room host can control the timer');

  it('is proven by token, cookie or account over REST; nothing else is a proof', async () => {
    const own = await house.create({}, { token: person.token });
    const stranger = await house.signUp();
    const patch = (sent: object) =>
      own.call('PATCH', '', { body: { work_duration_minutes: 30 }, ...sent }).then(({ status }) => status);
    const cookie = { Cookie: own.cookie };
    expect(await patch({ headers: { 'X-Host-Token': own.hostToken } })).toBe(200);
    expect(await patch({ token: person.token })).toBe(200);
    expect(await patch({ headers: cookie })).toBe(200);
    expect(await patch({ headers: { ...cookie, Origin: house.url } })).toBe(200);
    expect(await patch({ headers: { ...cookie, Origin: 'http://localhost:3000' } })).toBe(403);
    expect(await patch({ headers: { ...cookie, 'Sec-Fetch-Site': 'cross-site' } })).toBe(403);
    expect(await patch({ headers: { 'X-Host-Token': room.hostToken } })).toBe(403);
    expect(await patch({ headers: { 'X-Host-Token': '' } })).toBe(403);
    expect(await patch({ headers: { Cookie: room.cookie } })).toBe(403);
    expect(await patch({ token: stranger.token })).toBe(403);
    expect(await patch({})).toBe(403);
    expect(seen(await own.call('PATCH', '', { body: {} }))).toEqual(
      failure(403, 'FORBIDDEN', 'Only room host can change the room'),
    );
    expect(seen(await own.call('DELETE'))).toEqual(failure(403, 'FORBIDDEN', 'Only room host can delete the room'));
    expect(await own.call('DELETE', '', { token: person.token })).toMatchObject({ status: 204 });
  });

  it('has a cookie for REST and one for the socket, renewed by use', async () => {
    const cookies = (headers: Headers) =>
      headers.getSetCookie().map((line) => line.replace(/Expires=[^;]+/, 'Expires='));
    const both = ['/api/v1/rooms/', '/ws/room/'].map(
      (path) => `${room.cookie}; Max-Age=31536000; Path=${path}${room.id}; Expires=; HttpOnly; SameSite=Strict`,
    );
    expect(cookies(room.creation.headers)).toEqual(both);
    expect(room.cookie).toBe(`metronome_host_${room.id}=${room.hostToken}`);
    const { headers } = await room.call('GET', '', { headers: { Cookie: room.cookie } });
    expect(cookies(headers)).toEqual(both);
    expect((await room.call('GET')).headers.getSetCookie()).toEqual([]);
  });

  it('keeps the timer to himself with control: host, over REST and on sockets', async () => {
    expect((await room.call('PATCH', '', { ...room.asHost, body: CLOSED })).status).toBe(200);
    expect(seen(await room.timer('start'))).toEqual(refused);
    const guest = await room.enter();
    const { error } = refused.body;
    expect(await guest.ask({ action: 'start_timer' })).toEqual({ event: 'error', error, timestamp: house.at() });
    expect(await guest.ask({ action: 'sync_timer' })).toMatchObject({ event: 'timer_update' });
    const protocols = [`host.${room.hostToken}`];
    const host = await room.enter({ protocols });
    expect(host.socket.protocol).toBe(protocols[0]);
    expect(await host.ask({ action: 'start_timer' })).toMatchObject({ data: { status: 'running' } });
    expect(seen(await room.timer('pause', room.asHost))).toMatchObject({ status: 200 });
  });

  it.each([
    ['his cookie', () => ({ options: { headers: { Cookie: room.cookie } } }), true],
    [
      'his cookie from a page of the server',
      () => ({ options: { headers: { Cookie: room.cookie, Origin: house.url } } }),
      true,
    ],
    [
      'his cookie from another page',
      () => ({ options: { headers: { Cookie: room.cookie, Origin: 'http://localhost:3000' } } }),
      false,
    ],
    ['a wrong token', () => ({ protocols: ['host.x'] }), false],
  ])('comes with %s', async (_, opening, isHost) => {
    const device = await room.enter(opening());
    const shown = { participant_id: idOf(device), name: aGuestName };
    expect((await room.call('GET')).body).toMatchObject({ data: { host: isHost ? shown : null } });
  });

  it('with his account is it on every socket', async () => {
    const own = await house.create({ room_name: 'own' }, { token: person.token });
    const device = await own.enter({ token: person.token });
    expect((await own.call('GET')).body).toMatchObject({
      data: { host: { participant_id: idOf(device), name: 'Alice' } },
    });
  });

  it('may be a participant with a token too: both proofs count', async () => {
    const { participant_id: id, participant_token: token } = await room.join('Chief');
    const device = await room.open({ protocols: [`participant.${token}`, `host.${room.hostToken}`] });
    await house.welcomed(device);
    expect((await room.call('GET')).body).toMatchObject({ data: { host: { participant_id: id, name: 'Chief' } } });
  });
});
