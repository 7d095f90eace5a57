import { routesOf } from '../security/router.js';
import { IMPERSONAL, ROUTES } from '../security/routes.js';
import { MARK, World } from '../security/world.js';
import { domainError, OK, type Reply, reply, unauthorized } from '../support/http.js';

type Refusal = readonly [status: number, type: string, message: string];

const NO_TIMER: Refusal = [404, 'TimerNotFoundError', 'Timer not found'];
const NO_SCHEDULE: Refusal = [404, 'ScheduleNotFoundError', 'Schedule not found'];
const NO_TODO: Refusal = [404, 'TodoNotFoundError', 'Todo not found'];
const NO_TAG: Refusal = [404, 'TagNotFoundError', 'Tag not found: <tag>'];
const NO_GROUP: Refusal = [404, 'TagGroupNotFoundError', 'Tag group not found: <group>'];
const NO_ACCESS: Refusal = [403, 'AccessDeniedError', `You don't have permission to access this resource`];
const NOT_YOURS: Refusal = [403, 'NotFriendRequestRecipientError', 'You are not the recipient of this friend request'];

/** What a stranger with a token is told of somebody else's things (docs/spec/v1.md#34-ownership), route by route. */
const REFUSED: Readonly<Record<string, Refusal>> = {
  'DELETE /v1/auth/sessions/:id': [404, 'SessionNotFoundError', 'Session not found'],
  'DELETE /v1/auth/legacy-tokens/:id': [404, 'TokenNotFoundError', 'Token not found'],
  'POST /v1/auth/email/verify': [400, 'InvalidCodeError', 'Invalid or expired code'],
  'POST /v1/auth/password': [403, 'ReauthenticationRequiredError', 'Password or a fresh token required'],
  'DELETE /v1/users/me': [403, 'ReauthenticationRequiredError', 'Password or a fresh token required'],
  'POST /v1/auth/signup': [409, 'EmailAlreadyRegisteredError', 'Email already registered'],
  'POST /v1/friends/requests': [409, 'FriendRequestAlreadyExistsError', 'Friend request already exists'],
  'POST /v1/friends/requests/:id/accept': NOT_YOURS,
  'POST /v1/friends/requests/:id/reject': NOT_YOURS,
  'DELETE /v1/friends/requests/:id': NOT_YOURS,
  'DELETE /v1/friends/block/:user_id': [404, 'FriendshipNotFoundError', 'Friendship not found'],
  'DELETE /v1/friends/:id': [403, 'NotFriendsError', 'You are not friends with this user'],
  'GET /v1/visibility/:resource_type/:resource_id': NO_ACCESS,
  'PUT /v1/visibility/:resource_type/:resource_id': NO_ACCESS,
  'DELETE /v1/visibility/:resource_type/:resource_id': NO_ACCESS,
  'GET /v1/tags/groups/:id': NO_GROUP,
  'PATCH /v1/tags/groups/:id': NO_GROUP,
  'DELETE /v1/tags/groups/:id': [404, 'TagGroupNotFoundError', 'Tag group not found: <id>'],
  'POST /v1/tags': NO_GROUP,
  'GET /v1/tags/:id': NO_TAG,
  'PATCH /v1/tags/:id': NO_TAG,
  'DELETE /v1/tags/:id': [404, 'TagNotFoundError', 'Tag not found: <id>'],
  'POST /v1/schedules': NO_TAG,
  'GET /v1/schedules/:id': NO_ACCESS,
  'PATCH /v1/schedules/:id': NO_SCHEDULE,
  'DELETE /v1/schedules/:id': NO_SCHEDULE,
  'POST /v1/schedules/:id/todo': NO_SCHEDULE,
  'GET /v1/schedules/:id/timers': NO_ACCESS,
  'GET /v1/schedules/:id/timers/active': NO_ACCESS,
  'POST /v1/todos': NO_GROUP,
  'GET /v1/todos/:id': NO_ACCESS,
  'PATCH /v1/todos/:id': NO_TODO,
  'DELETE /v1/todos/:id': NO_TODO,
  'GET /v1/todos/:id/timers': NO_ACCESS,
  'GET /v1/todos/:id/timers/active': NO_ACCESS,
  'GET /v1/timers/active': [404, 'TimerNotFoundError', 'No active timer found'],
  'POST /v1/timers': NO_SCHEDULE,
  'POST /v1/timers/manual': NO_TODO,
  'GET /v1/timers/:id': NO_ACCESS,
  'PATCH /v1/timers/:id': NO_TIMER,
  'DELETE /v1/timers/:id': NO_TIMER,
  'PATCH /v1/timers/:id/segments': NO_TIMER,
  'GET /v1/timers/:id/revisions': NO_TIMER,
  'PATCH /v1/timers/:id/pause': NO_TIMER,
  'PATCH /v1/timers/:id/resume': NO_TIMER,
  'POST /v1/timers/:id/stop': NO_TIMER,
  'POST /v1/timers/:id/cancel': NO_TIMER,
};

/** In the words of another generation or of a secret that was guessed. */
const OTHERWISE: Readonly<Record<string, Pick<Reply, 'status' | 'body'>>> = {
  'POST /v1/user/timer/start': { status: 401, body: { detail: 'Invalid token.' } },
  'POST /v1/user/timer/stop': { status: 401, body: { detail: 'Invalid token.' } },
  'GET /v1/user/info/manage/basic/checktoken': { status: 401, body: { detail: 'Invalid token.' } },
  'POST /v1/user/token': {
    status: 400,
    body: { non_field_errors: ['Unable to log in with provided credentials.'] },
  },
  'PUT /v1/user/manage/signin': { status: 401, body: { status: 401, detail: 'invalid auth code', data: {} } },
  'POST /v1/auth/login': unauthorized('Invalid email or password'),
  'POST /v1/auth/refresh': unauthorized('Invalid refresh token'),
  'PUT /v1/auth/password/reset': unauthorized('Invalid code'),
  'GET /v1/calendar/:secret.ics': { status: 404, body: { detail: 'Not Found' } },
  'PATCH /api/v1/rooms/:room_id': forbidden('Only room host can change the room'),
  'PUT /api/v1/rooms/:room_id': forbidden('Only room host can change the room'),
  'DELETE /api/v1/rooms/:room_id': forbidden('Only room host can delete the room'),
  'POST /api/v1/rooms/:room_id/timer/start': forbidden('Only room host can control the timer'),
  'POST /api/v1/rooms/:room_id/timer/pause': forbidden('Only room host can control the timer'),
  'POST /api/v1/rooms/:room_id/timer/resume': forbidden('Only room host can control the timer'),
  'POST /api/v1/rooms/:room_id/timer/reset': forbidden('Only room host can control the timer'),
  'DELETE /api/v1/rooms/:room_id/participants/:participant_id': forbidden(
    'Only the participant or the room host can remove a participant',
  ),
};

function forbidden(message: string) {
  return { status: 403, body: { status: 'error', error: { code: 'FORBIDDEN', message } } };
}

let world: World;

beforeAll(async () => {
  world = await World.begin();
}, 60_000);
afterAll(() => world.http.close());

/** A stranger's call of a route that is about the owner's things. */
async function ask(route: string): Promise<{ answer: Reply; path: string; ids: Record<string, string> }> {
  const [method = '', pattern = ''] = route.split(' ');
  const sending = (await ROUTES[route]?.send(world, 'stranger')) ?? {};
  const ids = { tag: world.tag, group: world.group, ...sending.path };
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => sending.path?.[name] ?? name);
  const headers = { ...(sending.as ?? world.credentials('stranger')), ...sending.headers };
  const target = sending.query === undefined ? path : `${path}?${sending.query}`;
  return { answer: await world.http.call({ method, path: target, body: sending.body, headers }), path, ids };
}

it.each(Object.entries(REFUSED))('%s: a stranger’s', async (route, [status, type, message]) => {
  const { answer, path, ids } = await ask(route);
  const said = message.replace(/<(\w+)>/, (_, name: string) => ids[name] ?? name);
  const { body } = domainError(status, type, said, path);
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body });
});

it.each(Object.entries(OTHERWISE))('%s: a stranger’s', async (route, expected) => {
  const { answer } = await ask(route);
  expect({ status: answer.status, body: answer.body }).toEqual({ status: expected.status, body: expected.body });
});

describe('every other route', () => {
  const isKnown = (route: string): boolean => route in REFUSED || route in OTHERWISE || IMPERSONAL.test(route);

  it('shows a stranger nothing of the owner’s', async () => {
    await world.make('timer');
    const served = routesOf(world.http.app).filter((route) => !isKnown(route));
    for (const route of served) {
      expect([route, route in ROUTES]).toEqual([route, true]);
      const { answer } = await ask(route);
      expect([route, answer.status < 300]).toEqual([route, true]);
      expect([route, JSON.stringify(answer.body)]).not.toEqual([route, expect.stringContaining(MARK)]);
    }
  });
});

describe('what a body or a query names', () => {
  /** Each names one thing of the owner's; the stranger's own item is made first where it changes one. */
  const times = { start_time: '2026-03-02T09:00:00Z', end_time: '2026-03-02T10:00:00Z' };
  let own: Record<'group' | 'todo' | 'schedule' | 'timer', string>;
  let theirs: Record<'group' | 'tag' | 'todo' | 'schedule' | 'timer', string>;

  const strangers = (method: string, path: string, body?: unknown): Promise<Reply> =>
    world.http.call({ method, path, body, token: world.people.stranger.access_token });
  const made = async (path: string, body: object): Promise<string> =>
    ((await strangers('POST', path, body)).body as { id: string }).id;

  beforeAll(async () => {
    const group = await made('/v1/tags/groups', { name: 'mine', color: '#abc' });
    own = {
      group,
      todo: await made('/v1/todos', { title: 'mine', tag_group_id: group }),
      schedule: await made('/v1/schedules', { title: 'mine', ...times }),
      timer: await made('/v1/timers', { allocated_duration: 60 }),
    };
    theirs = {
      group: world.group,
      tag: world.tag,
      todo: await world.make('todo'),
      schedule: await world.make('schedule'),
      timer: await world.make('timer'),
    };
  });

  const rows: [string, string, () => object, Refusal][] = [
    ['POST', '/v1/timers', () => ({ allocated_duration: 60, todo_id: theirs.todo }), NO_TODO],
    ['POST', '/v1/timers', () => ({ allocated_duration: 60, tag_ids: [theirs.tag] }), NO_TAG],
    ['PATCH', '/v1/timers/<timer>', () => ({ schedule_id: theirs.schedule }), NO_SCHEDULE],
    ['PATCH', '/v1/timers/<timer>', () => ({ todo_id: theirs.todo }), NO_TODO],
    ['PATCH', '/v1/timers/<timer>', () => ({ tag_ids: [theirs.tag] }), NO_TAG],
    ['POST', '/v1/schedules', () => ({ title: 'x', ...times, tag_group_id: theirs.group }), NO_GROUP],
    ['POST', '/v1/schedules', () => ({ title: 'x', ...times, source_todo_id: theirs.todo }), NO_TODO],
    [
      'POST',
      '/v1/schedules',
      () => ({ title: 'x', ...times, create_todo_options: { tag_group_id: theirs.group } }),
      NO_GROUP,
    ],
    ['PATCH', '/v1/schedules/<schedule>', () => ({ tag_ids: [theirs.tag] }), NO_TAG],
    ['PATCH', '/v1/schedules/<schedule>', () => ({ source_todo_id: theirs.todo }), NO_TODO],
    ['PATCH', '/v1/schedules/<schedule>', () => ({ tag_group_id: theirs.group }), NO_GROUP],
    ['POST', '/v1/schedules/<schedule>/todo?tag_group_id=<group>', () => ({}), NO_GROUP],
    ['POST', '/v1/todos', () => ({ title: 'x', tag_group_id: own.group, tag_ids: [theirs.tag] }), NO_TAG],
    [
      'POST',
      '/v1/todos',
      () => ({ title: 'x', tag_group_id: own.group, parent_id: theirs.todo }),
      [400, 'TodoInvalidParentError', 'Invalid parent Todo: parent does not exist'],
    ],
    [
      'PATCH',
      '/v1/todos/<todo>',
      () => ({ parent_id: theirs.todo }),
      [400, 'TodoInvalidParentError', 'Invalid parent Todo: parent does not exist'],
    ],
    ['PATCH', '/v1/todos/<todo>', () => ({ tag_group_id: theirs.group }), NO_GROUP],
    ['PATCH', '/v1/todos/<todo>', () => ({ tag_ids: [theirs.tag] }), NO_TAG],
    [
      'PUT',
      '/v1/visibility/todo/<todo>',
      () => ({ level: 'selected', allowed_user_ids: [world.people.owner.id] }),
      [400, 'CannotShareWithNonFriendError', 'Cannot share with non-friend users in SELECTED_FRIENDS mode'],
    ],
  ];

  it.each(rows)('%s %s', async (method, pattern, body, [status, type, message]) => {
    const path = pattern.replace('<group>', theirs.group).replace(/<(\w+)>/, (_, kind: keyof typeof own) => own[kind]);
    const before = await world.fingerprint();
    const answer = await strangers(method, path, body());
    const said = message.replace('<tag>', theirs.tag).replace('<group>', theirs.group);
    const { body: expected } = domainError(status, type, said, path.split('?')[0] ?? '');
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expected });
    expect(await world.fingerprint()).toBe(before);
  });

  it('finds nothing of the owner’s by a filter', async () => {
    const { tag, group } = theirs;
    for (const path of [
      `/v1/todos?scope=all&group_ids=${group}`,
      `/v1/todos?scope=all&tag_ids=${tag}`,
      `/v1/schedules?scope=all&tag_ids=${tag}&start_date=2026-01-01&end_date=2027-01-01`,
      `/v1/timers?scope=shared`,
    ]) {
      expect([path, await strangers('GET', path)]).toEqual([path, reply(200, [])]);
    }
  });
});

it('takes no property that a body must not set', async () => {
  const { stranger, owner } = world.people;
  const body = { title: 'x', allocated_duration: 60, id: owner.id, owner_id: owner.id, user_id: owner.id, revision: 9 };
  const made = await world.http.post('/v1/timers', { ...body, status: 'COMPLETED' }, stranger.access_token);
  expect(made).toMatchObject({ status: 201, body: { owner_id: stranger.id, revision: 1, status: 'RUNNING' } });
  const sent = { id: owner.id, email: owner.email, friend_code: owner.code, verified_email: owner.email };
  const me = await world.http.call({
    method: 'PATCH',
    path: '/v1/users/me',
    body: sent,
    token: stranger.access_token,
  });
  expect(me).toMatchObject({
    status: 200,
    body: { id: stranger.id, email: stranger.email, friend_code: stranger.code },
  });
  const { id } = made.body as { id: string };
  expect(await world.http.call({ method: 'DELETE', path: `/v1/timers/${id}`, token: stranger.access_token })).toEqual(
    OK,
  );
});
