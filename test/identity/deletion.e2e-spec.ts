import { type Closed, type Device, open } from '../support/sockets.js';
import { until } from '../support/server.js';
import { Http, newEmail, OK, PASSWORD, type Reply, type Tokens, unauthorized } from '../support/http.js';
import { whereIs } from './traces.js';

/** In every text that the person writes. */
const MARK = 'zq-penelope';
const ME = '/v1/users/me';
/** What another instance may take to hear of a deletion (docs/spec/v1.md#31-own-accounts). */
const WITHIN_MS = 5_000;

/**
 * Every table, and which of its rows are a person's (`$1` their id, `$2` their address); null: none can be. A table that
 * is missing here fails the test: say what the deletion of an account means for it, and let the person have a row in it.
 */
const THEIRS: Record<string, string | null> = {
  users: 'id = $1',
  sessions: 'user_id = $1',
  refresh_tokens: 'session_id IN (SELECT id FROM sessions WHERE user_id = $1)',
  legacy_tokens: 'user_id = $1',
  mailed_codes: 'email = $2',
  signals: `topic = 'user:' || $1`,
  timers: 'user_id = $1',
  timer_changes: 'owner = $1 OR actor = $1',
  timer_edits: 'timer_id IN (SELECT id FROM timers WHERE user_id = $1)',
  timer_unlinks: 'actor = $1',
  kept_answers: `scope = 'v1:user:' || $1 OR body->>'addressee_id' = $1`,
  tag_groups: 'owner_id = $1',
  tags: 'owner_id = $1',
  todos: 'owner_id = $1',
  schedules: 'owner_id = $1',
  schedule_exceptions: 'master_id IN (SELECT id FROM schedules WHERE owner_id = $1)',
  requests_by_email: 'requester_id = $1',
  friendships: '$1 IN (requester_id, addressee_id)',
  blocks: '$1 IN (blocker_id, blocked_id)',
  visibility_settings: 'owner_id = $1 OR $1 = ANY (allowed_user_ids) OR $2 = ANY (allowed_emails)',
  rooms: 'host_user_id = $1',
  participants: 'user_id = $1',
  room_presence: 'user_id = $1',
  kept_attendances: 'user_id = $1',
  // Of rooms and their sessions, which belong to everybody in them.
  room_clocks: null,
  deleted_rooms: null,
  timer_deadlines: null,
  // Digests of networks, which go with the codes.
  code_guesses: null,
  change_log_state: null,
  migrations: null,
};

let here: Http;
let there: Http;

beforeAll(async () => {
  here = await Http.start();
  there = await Http.start({ connection: here.connection });
});
afterAll(async () => {
  await there.close();
  await here.close();
});

interface Somebody extends Tokens {
  readonly id: string;
  readonly email: string;
}

interface Room {
  readonly room_id: string;
  readonly host_token: string;
}

const userIdOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub;

async function signUp(displayName: string): Promise<Somebody> {
  const email = newEmail();
  const reply = await here.post('/v1/auth/signup', { email, password: PASSWORD, display_name: displayName });
  const tokens = reply.body as Tokens;
  return { ...tokens, email, id: userIdOf(tokens.access_token) };
}

/** A call that must work. @returns its body */
async function did<Body>(who: Tokens | undefined, method: string, path: string, body?: unknown): Promise<Body> {
  const reply = await here.call({ method, path, body, token: who?.access_token });
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body as Body;
}

type Made = { readonly id: string };

async function befriend(a: Somebody, b: Somebody): Promise<void> {
  const { friend_code: code } = await did<{ friend_code: string }>(b, 'GET', ME);
  const { id } = await did<Made>(a, 'POST', '/v1/friends/requests', { friend_code: code });
  await did(b, 'POST', `/v1/friends/requests/${id}/accept`);
}

async function ask(a: Somebody, b: Somebody): Promise<void> {
  const { friend_code: code } = await did<{ friend_code: string }>(b, 'GET', ME);
  await did(a, 'POST', '/v1/friends/requests', { friend_code: code });
}

async function prove({ email, ...tokens }: Somebody): Promise<void> {
  await here.post('/v1/auth/email/code', {}, tokens.access_token);
  const [code] = await here.mailedCodes(email);
  expect(await here.post('/v1/auth/email/verify', { code }, tokens.access_token)).toEqual(OK);
}

/** Tags, todos, schedules and timers, shared and not, of every origin. @returns a timer that others may follow */
async function plan(who: Somebody): Promise<Made> {
  const group = await did<Made>(who, 'POST', '/v1/tags/groups', { name: MARK, color: '#123456', description: MARK });
  const named = { name: MARK, color: '#123', group_id: group.id };
  const tag = await did<Made>(who, 'POST', '/v1/tags', named);
  const texts = { title: MARK, description: MARK, tag_ids: [tag.id] };
  const todo = await did<Made>(who, 'POST', '/v1/todos', { ...texts, tag_group_id: group.id });
  const series = { ...texts, start_time: '2026-03-02T09:00:00Z', end_time: '2026-03-02T10:00:00Z' };
  const master = await did<Made>(who, 'POST', '/v1/schedules', { ...series, recurrence_rule: 'FREQ=DAILY;COUNT=5' });
  await did(who, 'PATCH', `/v1/schedules/${master.id}?instance_start=2026-03-03T09:00:00Z`, { title: `${MARK}!` });
  const segments = [{ start: '2026-03-02T09:00:00Z', end: '2026-03-02T09:30:00Z' }];
  const manual = await did<Made>(who, 'POST', '/v1/timers/manual', { ...texts, segments, todo_id: todo.id });
  const corrected = [{ start: '2026-03-02T09:00:00Z', end: '2026-03-02T09:20:00Z' }];
  await did(who, 'PATCH', `/v1/timers/${manual.id}/segments`, { segments: corrected });
  const running = await did<Made>(who, 'POST', '/v1/timers', { ...texts, allocated_duration: 1_500 });
  for (const [type, { id }] of Object.entries({ todo, schedule: master, timer: running })) {
    await did(who, 'PUT', `/v1/visibility/${type}/${id}`, { level: 'friends' });
  }
  const { token } = await did<{ token: string }>(who, 'POST', '/v1/auth/legacy-tokens', { label: MARK });
  const headers = { Authorization: `Token ${token}`, 'Content-Type': 'application/json' };
  const old = await here.call({ path: '/v1/user/timer/start/', body: { title: MARK }, headers });
  expect(old.status).toBe(409);
  return running;
}

const makeRoom = async (who: Tokens | undefined): Promise<Room> =>
  (await did<{ data: Room }>(who, 'POST', '/api/v1/rooms', { room_name: 'a-room' })).data;

/** A work session of a room that is deleted afterwards: what stays of it is in the members' own history. */
async function workIn(room: Room, device: Device): Promise<void> {
  const path = `/api/v1/rooms/${room.room_id}`;
  await did(undefined, 'POST', `${path}/timer/start`);
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  await did(undefined, 'POST', `${path}/timer/reset`);
  device.hangUp();
  await device.closed;
  const headers = { 'X-Host-Token': room.host_token };
  expect((await here.call({ method: 'DELETE', path, headers })).status).toBe(204);
}

const roomSocket = (http: Http, { room_id: id }: Room, token: string): Promise<Device> =>
  open(http.url, { path: `/ws/room/${id}`, token });

/** What other parts write only in special moments: an unfinished unlinking, answers kept for a repeated key. */
async function writeTheRest(me: Somebody, other: Somebody): Promise<void> {
  await here.query(`INSERT INTO timer_unlinks (link, target_id, actor) VALUES ('tag', gen_random_uuid(), $1)`, [me.id]);
  const bodies: [string, object][] = [
    [`v1:user:${me.id}`, { title: MARK }],
    [`v1:user:${other.id}`, { requester_id: other.id, addressee_id: me.id }],
    [`rooms:user:${other.id}`, { unrelated: true }],
  ];
  for (const [scope, body] of bodies) {
    await here.query(`INSERT INTO kept_answers (scope, key, fingerprint, status, body) VALUES ($1, $2, '', 200, $3)`, [
      scope,
      `key of ${scope}, sixteen`,
      body,
    ]);
  }
}

/** How many rows of each table are theirs. */
async function rowsOf({ id, email }: Somebody): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [table, condition] of Object.entries(THEIRS)) {
    if (condition === null) continue;
    const [row] = await here.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${table}, (SELECT $1::text, $2::text) AS _ WHERE ${condition}`,
      [id, email],
    );
    counts[table] = row?.count ?? 0;
  }
  return counts;
}

const deadline = <Result>(promise: Promise<Result>): Promise<Result | 'too late'> =>
  Promise.race([promise, new Promise<'too late'>((resolve) => setTimeout(resolve, WITHIN_MS, 'too late'))]);

it('knows every table', async () => {
  const tables = await here.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
  );
  expect(tables.map(({ name }) => name).sort()).toEqual(Object.keys(THEIRS).sort());
});

describe('somebody who has a row in every table', () => {
  let me: Somebody;
  let friend: Somebody;
  let timer: Made;
  let todo: Made;
  let calendar: string;
  let hosted: Room;
  let participantToken: string;
  let other: Tokens;
  let legacyToken: string;
  let exported: Reply;
  const sockets: Record<string, Device> = {};
  let friendsSocket: Device;

  beforeAll(async () => {
    me = await signUp(MARK);
    friend = await signUp('Friend');
    const [stranger, blocked, blocker] = [await signUp('Stranger'), await signUp('Blocked'), await signUp('Blocker')];
    await prove(me);
    other = (await here.logIn(me.email)).body as Tokens;
    await here.post('/v1/auth/password/reset', { email: me.email });
    await here.mailedCodes(me.email, 2);
    timer = await plan(me);
    legacyToken = (await did<{ token: string }>(me, 'POST', '/v1/auth/legacy-tokens', { label: 'old phone' })).token;
    calendar = new URL((await did<{ url: string }>(me, 'POST', `${ME}/calendar`)).url).pathname;
    await befriend(me, friend);
    await ask(stranger, me);
    await did(me, 'POST', '/v1/friends/requests', { email: 'nobody@example.com' });
    await did(me, 'POST', `/v1/friends/block/${blocked.id}`);
    await did(blocker, 'POST', `/v1/friends/block/${me.id}`);
    await shareWithMe();
    await writeTheRest(me, friend);
    await beInRooms();
    await did(me, 'PATCH', ME, { activity_sharing: 'no_title' });
    friendsSocket = await open(there.url, { token: friend.access_token });
    expect(await friendsSocket.ask({ type: 'timer.sync', payload: { scope: 'shared' } })).toMatchObject({
      payload: { count: 1 },
    });
  }, 60_000);
  afterAll(() => {
    friendsSocket.hangUp();
  });

  /** The friend lets them read by id, and by address. */
  async function shareWithMe(): Promise<void> {
    const group = await did<Made>(friend, 'POST', '/v1/tags/groups', { name: 'g', color: '#abc' });
    todo = await did<Made>(friend, 'POST', '/v1/todos', { title: 'shared', tag_group_id: group.id });
    const second = await did<Made>(friend, 'POST', '/v1/todos', { title: 'too', tag_group_id: group.id });
    await did(friend, 'PUT', `/v1/visibility/todo/${todo.id}`, { level: 'selected', allowed_user_ids: [me.id] });
    const allowed = { level: 'allowed_emails', allowed_emails: [me.email, 'else@example.com'] };
    await did(friend, 'PUT', `/v1/visibility/todo/${second.id}`, allowed);
  }

  async function beInRooms(): Promise<void> {
    const past = await makeRoom(undefined);
    await workIn(past, await roomSocket(here, past, me.access_token));
    hosted = await makeRoom(me);
    const path = `/api/v1/rooms/${hosted.room_id}`;
    const joined = await did<{ data: { participant_token: string } }>(me, 'POST', `${path}/participants`, {
      participant_name: MARK,
    });
    participantToken = joined.data.participant_token;
    sockets['personal here'] = await open(here.url, { token: me.access_token });
    sockets['personal there'] = await open(there.url, { token: other.access_token });
    sockets['room here'] = await roomSocket(here, hosted, me.access_token);
    sockets['room there'] = await roomSocket(there, hosted, other.access_token);
    await did(me, 'POST', `${path}/timer/start`);
    await until(async () => {
      const { body } = await here.get(path);
      return (body as { data: { host: object | null } }).data.host !== null;
    }, 3_000);
  }

  it('has one, and is found by id, address and name', async () => {
    const counts = await rowsOf(me);
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
    const places = await whereIs(here, [me.id, me.email, MARK]);
    const tables = places.filter((place) => !place.endsWith('.eml')).map((place) => place.split('.')[0]);
    expect(new Set(tables)).toEqual(new Set(expectedTables()));
  });

  /** Tables whose rows name the person themselves, not only by what they belong to. */
  const expectedTables = (): string[] =>
    Object.keys(THEIRS).filter((table) => THEIRS[table] !== null && !['refresh_tokens'].includes(table));

  it('takes everything along', async () => {
    exported = await here.get(`${ME}/export`, me.access_token);
    expect(exported.status).toBe(200);
    const body = exported.body as Record<string, unknown>;
    const empty = Object.entries(body).filter(([, value]) => Array.isArray(value) && value.length === 0);
    expect(empty).toEqual([]);
  });

  describe('and deletes the account', () => {
    const closed: Record<string, Promise<Closed>> = {};

    beforeAll(async () => {
      for (const [name, device] of Object.entries(sockets)) closed[name] = device.closed;
      const gone = await here.call({
        method: 'DELETE',
        path: ME,
        body: { password: PASSWORD },
        token: me.access_token,
      });
      expect(gone).toEqual(OK);
    });

    it('closes their sockets, here and on another instance', async () => {
      for (const [name, end] of Object.entries(closed)) {
        const code = name.startsWith('room') ? 4401 : 1008;
        expect([name, await deadline(end)]).toEqual([name, { code, reason: 'account deleted' }]);
      }
    });

    it('ends their tokens, here at once and there within seconds', async () => {
      const revoked = unauthorized('Invalid token: revoked');
      for (const token of [me.access_token, other.access_token]) expect(await here.get(ME, token)).toEqual(revoked);
      await until(async () => (await there.get(ME, other.access_token)).status === 401, WITHIN_MS);
      for (const http of [here, there]) {
        expect(await http.refresh(me.refresh_token)).toEqual(unauthorized('Invalid refresh token'));
        expect(await http.logIn(me.email)).toEqual(unauthorized('Invalid email or password'));
        expect((await http.get(calendar)).status).toBe(404);
        const headers = { Authorization: `Token ${legacyToken}` };
        expect(await http.call({ path: '/v1/user/timer/stop/', headers })).toMatchObject({ status: 401 });
      }
    });

    it('leaves nothing of theirs behind', async () => {
      const counts = await rowsOf(me);
      expect(Object.entries(counts).filter(([, count]) => count > 0)).toEqual([]);
      // The sockets that closed meanwhile have been written of.
      await until(async () => {
        const [open] = await here.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM room_presence WHERE room_id = $1 AND went_at IS NULL`,
          [hosted.room_id],
        );
        return open?.count === 0;
      }, WITHIN_MS);
      expect(await whereIs(here, [me.id, me.email, MARK])).toEqual([]);
    });

    it('leaves others theirs', async () => {
      const setting = await did<Record<string, unknown>>(friend, 'GET', `/v1/visibility/todo/${todo.id}`);
      expect(setting).toMatchObject({ level: 'selected', allowed_user_ids: [] });
      expect(await here.query(`SELECT allowed_emails FROM visibility_settings WHERE level = 'allowed_emails'`)).toEqual(
        [{ allowed_emails: ['else@example.com'] }],
      );
      expect(await did(friend, 'GET', '/v1/friends')).toEqual([]);
      expect(await here.query(`SELECT scope FROM kept_answers`)).toEqual([{ scope: `rooms:user:${friend.id}` }]);
    });

    it('takes their timers from who followed them', async () => {
      await until(() => friendsSocket.frames.some(({ type }) => type === 'timer.deleted'), WITHIN_MS);
      expect(friendsSocket.frames.filter(({ type }) => type === 'timer.deleted')).toMatchObject([
        { payload: { timer_id: timer.id } },
      ]);
    });

    it('leaves their room to whoever has its token', async () => {
      const path = `/api/v1/rooms/${hosted.room_id}`;
      const room = await did<{ data: Record<string, unknown> }>(undefined, 'GET', path);
      expect(room.data).toMatchObject({ host: null, timer_state: { status: 'running' } });
      const headers = { 'X-Host-Token': hosted.host_token };
      const changed = await here.call({ method: 'PATCH', path, body: { room_name: 'another' }, headers });
      expect(changed).toMatchObject({ status: 200, body: { data: { room_name: 'another' } } });
      const people = await here.query(`SELECT DISTINCT name, is_host FROM participants WHERE room_id = $1`, [
        hosted.room_id,
      ]);
      expect(people).toEqual([{ name: 'Guest', is_host: false }]);
      const presence = await here.query(`SELECT user_id FROM room_presence WHERE room_id = $1`, [hosted.room_id]);
      expect(presence).toEqual([{ user_id: null }, { user_id: null }]);
      const own = { 'X-Participant-Token': participantToken };
      const asSelf = await here.call({ method: 'DELETE', path: `${path}/participants/anybody`, headers: own });
      expect(asSelf.status).toBe(401);
    });

    it('frees the address, but not its mails’ count', async () => {
      const again = await here.signUp(me.email);
      expect(userIdOf(again.access_token)).not.toBe(me.id);
      // One mail of this kind went to it already.
      for (let asked = 0; asked < 3; asked += 1) await here.post('/v1/auth/email/code', {}, again.access_token);
      await here.mailedCodes(me.email, 2);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(here.codesIn(me.email)).toHaveLength(2);
    });
  });
});
