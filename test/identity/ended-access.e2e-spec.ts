import { until } from '../support/server.js';
import { open } from '../support/sockets.js';
import { type Call, Http, OK, PASSWORD, tokensOf } from '../support/http.js';

/**
 * Everything that gives access to an account, or that others know it by, and which acts end it
 * (docs/spec/v1.md#31-own-accounts). One table:
 * a new kind of access gets a line here.
 */
const ACTS = ['proof', 'reset', 'changeAll', 'change', 'ownProof'] as const;
type Act = (typeof ACTS)[number];

const NEW_PASSWORD = 'a password nobody had';
const RESET = '/v1/auth/password/reset';
const ME = '/v1/users/me';

let http: Http;
beforeAll(async () => {
  http = await Http.start();
});
afterAll(() => http.close());

interface World {
  readonly id: string;
  readonly email: string;
  /** Of the session that acts, of another session, and what else was handed out. */
  readonly token: string;
  readonly other: string;
  readonly refresh: string;
  readonly legacy: string;
  readonly calendar: string;
  readonly code: string;
  readonly timer: string;
  readonly room: string;
  readonly hostToken: string;
  readonly participantToken: string;
  readonly hostSocketClosed: () => boolean;
  readonly friend: string;
  readonly asker: string;
  readonly asked: string;
}

const idOf = async (token: string): Promise<string> => ((await http.get(ME, token)).body as { id: string }).id;
const codeOf = async (token: string): Promise<string> =>
  ((await http.get(ME, token)).body as { friend_code: string }).friend_code;
const ask = async (token: string, code: string): Promise<string> =>
  ((await http.post('/v1/friends/requests', { friend_code: code }, token)).body as { id: string }).id;
const send = async <Body>(call: Call): Promise<Body> => (await http.call(call)).body as Body;

/** An account that was never proven, with everything that a person can set up. */
async function setUp(): Promise<World> {
  const { email, access_token: token } = await http.signUp();
  const other = tokensOf(await http.logIn(email));
  const [friend, asker, asked] = [await http.signUp(), await http.signUp(), await http.signUp()];
  await http.call({
    method: 'PATCH',
    path: ME,
    token,
    body: { display_name: 'Squatter', avatar_url: 'https://example.com/a.png', activity_sharing: 'no_title' },
  });
  const code = await codeOf(token);
  const friendship = await ask(friend.access_token, code);
  await http.post(`/v1/friends/requests/${friendship}/accept`, undefined, token);
  await ask(asker.access_token, code);
  await ask(token, await codeOf(asked.access_token));
  const timer = (await http.post('/v1/timers', { allocated_duration: 60 }, token)).body as { id: string };
  await http.call({ method: 'PUT', path: `/v1/visibility/timer/${timer.id}`, token, body: { level: 'friends' } });
  const room = await send<{ data: { room_id: string; host_token: string } }>({
    path: '/api/v1/rooms',
    token,
    body: { room_name: 'team-alpha', control: 'host' },
  });
  const { room_id: roomId, host_token: hostToken } = room.data;
  const joined = await send<{ data: { participant_token: string } }>({
    path: `/api/v1/rooms/${roomId}/participants`,
    token,
    body: { participant_name: 'Squatter' },
  });
  const socket = await open(http.url, { path: `/ws/room/${roomId}`, protocols: [`host.${hostToken}`] });
  let isClosed = false;
  void socket.closed.then(() => (isClosed = true));
  const { url } = (await http.post(`${ME}/calendar`, undefined, token)).body as { url: string };
  return {
    ...{ id: await idOf(token), email, token, code, timer: timer.id, room: roomId, hostToken },
    ...{ other: other.access_token, refresh: other.refresh_token, hostSocketClosed: () => isClosed },
    ...{ friend: friend.access_token, asker: asker.access_token, asked: asked.access_token },
    participantToken: joined.data.participant_token,
    calendar: new URL(url).pathname,
    legacy: ((await http.post('/v1/auth/legacy-tokens', {}, token)).body as { token: string }).token,
  };
}

async function mailedCode(email: string, request: () => Promise<unknown>): Promise<string> {
  const before = http.codesIn(email).length;
  await request();
  return (await http.mailedCodes(email, before + 1)).at(-1) ?? '';
}

const change = ({ token }: World, more: object) =>
  http.post('/v1/auth/password', { password: PASSWORD, new_password: NEW_PASSWORD, ...more }, token);
const prove = async ({ email, token }: World) => {
  const code = await mailedCode(email, () => http.post('/v1/auth/email/code', {}, token));
  return http.post('/v1/auth/email/verify', { code }, token);
};
const reset = async ({ email }: World) => {
  const code = await mailedCode(email, () => http.post(RESET, { email }));
  return http.call({ method: 'PUT', path: RESET, body: { email, code, new_password: NEW_PASSWORD } });
};

const DO: Record<Act, (world: World) => Promise<unknown>> = {
  // The legacy sign-in and a reset prove alike; the reset of an unproven account is the stronger one.
  proof: reset,
  reset: async (world) => {
    expect(await prove(world)).toEqual(OK);
    return reset(world);
  },
  changeAll: (world) => change(world, { end_other_access: true }),
  change: (world) => change(world, { end_other_access: null }),
  ownProof: prove,
};

const isIn = async (path: string, token: string, id: string): Promise<boolean> =>
  JSON.stringify((await http.get(path, token)).body).includes(id);
const patchRoom = async ({ room }: World, headers: Record<string, string>): Promise<boolean> =>
  (await http.call({ method: 'PATCH', path: `/api/v1/rooms/${room}`, body: {}, headers })).status === 200;
const column = async ({ id }: World, name: string): Promise<unknown> =>
  (await http.query<{ value: unknown }>(`SELECT ${name} AS value FROM users WHERE id = $1`, [id]))[0]?.value;

/** Whether it works still; and the acts after which it does not. */
const TABLE: Record<string, readonly [works: (world: World) => Promise<boolean>, ...endedBy: Act[]]> = {
  'the session that acts': [async ({ token }) => (await http.get(ME, token)).status === 200, 'proof', 'reset'],
  'other sessions': [
    async ({ other }) => (await http.get(ME, other)).status === 200,
    ...(['proof', 'reset', 'changeAll', 'change'] as const),
  ],
  'their refresh tokens': [
    async ({ refresh }) => (await http.refresh(refresh)).status === 200,
    ...(['proof', 'reset', 'changeAll', 'change'] as const),
  ],
  'the old password': [
    async ({ email }) => (await http.logIn(email)).status === 200,
    ...(['proof', 'reset', 'changeAll', 'change'] as const),
  ],
  'legacy tokens': [
    async ({ legacy }) => {
      const headers = { Authorization: `Token ${legacy}` };
      const path = '/v1/user/info/manage/basic/checktoken/';
      return (await http.call({ method: 'GET', path, headers })).status === 200;
    },
    ...(['proof', 'reset', 'changeAll'] as const),
  ],
  'the calendar address': [
    async ({ calendar }) => (await http.get(calendar)).status === 200,
    ...(['proof', 'reset', 'changeAll'] as const),
  ],
  friendships: [({ id, friend }) => isIn('/v1/friends/ids', friend, id), 'proof'],
  'requests to them': [({ id, asker }) => isIn('/v1/friends/requests/sent', asker, id), 'proof'],
  'requests of theirs': [({ id, asked }) => isIn('/v1/friends/requests/received', asked, id), 'proof'],
  'the friend code': [async (world) => (await column(world, 'friend_code')) === world.code, 'proof'],
  'the display name': [async (world) => (await column(world, 'display_name')) === 'Squatter', 'proof'],
  'the picture': [async (world) => (await column(world, 'avatar_url')) !== null, 'proof'],
  'activity sharing': [async (world) => (await column(world, 'activity_sharing')) === 'no_title', 'proof'],
  'shared items': [
    async ({ timer }) =>
      (await http.query(`SELECT FROM visibility_settings WHERE resource_id = $1`, [timer])).length > 0,
    'proof',
  ],
  'the account as host': [
    async ({ room, id }) =>
      (await http.query(`SELECT FROM rooms WHERE id = $1 AND host_user_id = $2`, [room, id])).length > 0,
    'proof',
  ],
  'host tokens': [(world) => patchRoom(world, { 'X-Host-Token': world.hostToken }), 'proof'],
  'participant tokens': [
    async ({ room, participantToken }) => {
      const headers = { 'X-Participant-Token': participantToken };
      const path = `/api/v1/rooms/${room}/participants/nobody`;
      return (await http.call({ method: 'DELETE', path, headers })).status === 403;
    },
    'proof',
  ],
};

describe.each(ACTS)('%s', (act) => {
  let world: World;
  beforeAll(async () => {
    world = await setUp();
    expect(await DO[act](world)).toEqual(OK);
  });

  const rows = Object.entries(TABLE).map(([what, [works, ...endedBy]]) => ({
    what,
    works,
    ended: endedBy.includes(act),
  }));

  for (const { what, works, ended } of rows) {
    it(`${ended ? 'ends' : 'leaves'} ${what}`, async () => {
      expect(await works(world)).toBe(!ended);
    });
  }

  it('closes the sockets of who drove their rooms when the account changes hands', async () => {
    if (act === 'proof') await until(() => world.hostSocketClosed(), 15_000);
    expect(world.hostSocketClosed()).toBe(act === 'proof');
  });
});

describe('what is issued while a reset runs', () => {
  it.each([
    ['a legacy token', '/v1/auth/legacy-tokens', 'legacy_tokens', 'user_id'],
    ['a calendar address', `${ME}/calendar`, 'users', 'calendar_secret_hash IS NOT NULL AND id'],
  ])('does not outlive it: %s', async (_, path, table, column) => {
    const { email, access_token: token } = await http.signUp();
    const id = await idOf(token);
    const code = await mailedCode(email, () => http.post(RESET, { email }));
    const body = { email, code, new_password: NEW_PASSWORD };
    const [done, issued] = await Promise.all([
      http.call({ method: 'PUT', path: RESET, body }),
      ...Array.from({ length: 30 }, () => http.post(path, undefined, token)),
    ]);
    expect(done).toEqual(OK);
    expect([201, 401]).toContain(issued?.status);
    expect(await http.query(`SELECT FROM ${table} WHERE ${column} = $1`, [id])).toEqual([]);
  });
});
