import { randomUUID } from 'node:crypto';

import { MARK, type Kind, type Role, type World } from './world.js';

/** What a role sends, beside what it shows of itself; parameters of the path by name. */
export interface Sending {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the role's own credentials. */
  readonly as?: Readonly<Record<string, string>>;
}

export interface Row {
  /** The statuses, in the order of `ROLES`. */
  readonly statuses: string;
  /** What it is about, for the document. */
  readonly about: string;
  readonly send: (world: World, role: Role) => Promise<Sending> | Sending;
  /** The answer may have the owner's texts in it, whoever asks: a room is open to who has its URL. */
  readonly open?: true;
}

type Send = Row['send'];

const nothing: Send = () => ({});
const sends =
  (body: unknown, query?: string): Send =>
  () => ({ body, ...(query === undefined ? {} : { query }) });
const at =
  (kind: Kind, body?: unknown, query?: string): Send =>
  async (world, role) => ({
    path: { id: await world.aim(kind, role) },
    ...(body === undefined ? {} : { body }),
    ...(query === undefined ? {} : { query }),
  });

const row = (statuses: string, about: string, send: Send = nothing): Row => ({ statuses, about, send });
/** Everybody's own: no id of another person is in it. */
const own = (status: number, send: Send = nothing) =>
  row(`${`${status} `.repeat(5)}401 401 401`, 'the caller’s own', send);
/** docs/spec/v1.md#34-ownership: read by who may, 403 for everybody else. */
const read = (about: string, send: Send) => row('200 403 200 403 403 401 401 401', about, send);
/** docs/spec/v1.md#34-ownership: only the owner writes; to everybody else it is not there, shared or not. */
const write = (about: string, send: Send, status = 200) => row(`${status} 404 404 404 404 401 401 401`, about, send);
/** Secrets and first steps: whoever calls, the answer is the same. */
const all = (status: number, about: string, send: Send = nothing) => row(`${status} `.repeat(8).trim(), about, send);
/** Rooms are open to who has the URL (docs/spec/rooms.md#who-is-who). */
const room = (statuses: string, about: string, send: Send): Row => ({ statuses, about, send, open: true });

const inRoom =
  (body?: unknown): Send =>
  ({ room: { id } }) => ({ path: { room_id: id }, ...(body === undefined ? {} : { body }) });
const hostOnly = (status: number, about: string, send: Send) =>
  room(`${status} 403 403 403 403 403 ${status} 403`, about, send);

const guessed = 'ABCD2345';
const tagOf: Send = ({ tag }) => ({ path: { id: tag } });
const groupOf: Send = ({ group }) => ({ path: { id: group } });
const with_ =
  (body: unknown, send: Send): Send =>
  async (world, role) => ({ ...(await send(world, role)), body });
const SEGMENTS = [{ start: '2026-03-02T09:00:00Z', end: '2026-03-02T09:20:00Z' }];

/** Only who is the owner deletes, and each time something that is made for it. */
const throwaway =
  (path: string, body: (world: World) => object): Send =>
  async (world) => {
    const { id } = await world.do<{ id: string }>('POST', path, body(world));
    return { path: { id } };
  };

/** A request to the owner, or one that the owner sent. */
const requestTo: Send = async (world) => ({
  path: { id: await world.request(await world.somebody(), world.people.owner) },
});
const requestFrom: Send = async (world) => ({
  path: { id: await world.request(world.people.owner, await world.somebody()) },
});
/** Asked once for all who are refused, and anew for who is not. */
const once = (allowed: readonly Role[], send: Send): Send => {
  const kept = new WeakMap<World, Promise<Sending>>();
  return async (world, role) => {
    if (allowed.includes(role)) return send(world, role);
    const known = kept.get(world) ?? Promise.resolve(send(world, role));
    kept.set(world, known);
    return known;
  };
};

const visibilityOf =
  (body?: unknown): Send =>
  async (world, role) => {
    const id = await world.aim('todo', role);
    if (role === 'owner') await world.do('PUT', `/v1/visibility/todo/${id}`, { level: 'friends' });
    return { path: { resource_type: 'todo', resource_id: id }, ...(body === undefined ? {} : { body }) };
  };

/** The legacy API knows its own tokens: a JWT is none. */
const legacy =
  (body?: unknown): Send =>
  ({ legacyToken }, role) => ({
    ...(body === undefined ? {} : { body }),
    ...(role === 'owner' ? { as: { Authorization: `Token ${legacyToken}` } } : {}),
  });

const otherSession: Send = async (world, role) => {
  const tokens = await world.anotherSession(role);
  return tokens ? { as: { Authorization: `Bearer ${tokens.access_token}` } } : {};
};

const linkedTimers =
  (kind: 'schedule' | 'todo'): Send =>
  async (world, role) => {
    const id = await world.aim(kind, role);
    if (role === 'owner') await world.do('POST', '/v1/timers', { allocated_duration: 60, [`${kind}_id`]: id });
    return { path: { id } };
  };

const freshRoom = (allowed: readonly Role[]): Send =>
  once(allowed, async (world, role) => {
    const { id, hostToken } = await world.newRoom();
    return { path: { room_id: id }, ...(role === 'host' ? { as: { 'X-Host-Token': hostToken } } : {}) };
  });

/** The participant takes themselves out, the host anybody. */
const freshParticipant: Send = async (world, role) => {
  const { id, hostToken, participantId, participantToken } = await world.newRoom();
  const as = { host: { 'X-Host-Token': hostToken }, participant: { 'X-Participant-Token': participantToken } };
  return {
    path: { room_id: id, participant_id: participantId },
    ...(role === 'host' || role === 'participant' ? { as: as[role] } : {}),
  };
};

/** Each state in which a room's verb works. */
const roomTimer =
  (verb: string): Send =>
  async (world, role) => {
    const path = `/api/v1/rooms/${world.room.id}/timer`;
    if (role === 'owner' || role === 'host') {
      await world.do('POST', `${path}/reset`);
      if (verb !== 'start') await world.do('POST', `${path}/start`);
      if (verb === 'resume') await world.do('POST', `${path}/pause`);
    }
    return { path: { room_id: world.room.id } };
  };

const paused: Send = async (world, role) => {
  const id = await world.aim('timer', role);
  if (role === 'owner') await world.do('PATCH', `/v1/timers/${id}/pause`);
  return { path: { id } };
};

/** Every route of the three APIs and what each role is answered. */
export const ROUTES: Readonly<Record<string, Row>> = {
  // Legacy (docs/spec/legacy.md#legacy-api)
  'POST /v1/user/timer/start': row('200 401 401 401 401 401 401 401', 'a legacy token’s own', legacy({ title: MARK })),
  'POST /v1/user/timer/stop': row('200 401 401 401 401 401 401 401', 'a legacy token’s own', legacy()),
  'GET /v1/user/info/manage/basic/checktoken': row('200 401 401 401 401 401 401 401', 'a legacy token’s own', legacy()),
  'POST /v1/user/token': all(400, 'the owner’s address, a guessed password', ({ people }) => ({
    body: { username: people.owner.email, password: 'a guessed password' },
  })),
  'POST /v1/user/manage/signin': all(200, 'a code, to the owner’s address', ({ people }) => ({
    body: { email: people.owner.email },
  })),
  'PUT /v1/user/manage/signin': all(401, 'the owner’s address, a guessed code', ({ people }) => ({
    query: `auth=${guessed}&email=${people.owner.email}`,
  })),

  // Accounts (docs/spec/v1.md#31-own-accounts)
  'POST /v1/auth/signup': all(409, 'the owner’s address', ({ people }) => ({
    body: { email: people.owner.email, password: 'another password' },
  })),
  'POST /v1/auth/login': all(401, 'the owner’s address, a guessed password', ({ people }) => ({
    body: { email: people.owner.email, password: 'a guessed password' },
  })),
  'POST /v1/auth/refresh': all(401, 'a guessed token', sends({ refresh_token: 'a'.repeat(43) })),
  'POST /v1/auth/logout': own(200, otherSession),
  'GET /v1/auth/sessions': own(200),
  'DELETE /v1/auth/sessions/:id': write(
    'a session of the owner',
    once(['owner'], async (world) => {
      const tokens = await world.anotherSession('owner');
      const { body } = await world.http.sessions(tokens?.access_token ?? '');
      return { path: { id: (body as { id: string; current: boolean }[]).find(({ current }) => current)?.id ?? '' } };
    }),
  ),
  'POST /v1/auth/email/code': own(202, sends({})),
  'POST /v1/auth/email/verify': own(400, sends({ code: guessed })),
  'POST /v1/auth/password': own(403, sends({ password: 'a guessed password', new_password: 'another password' })),
  'POST /v1/auth/password/reset': all(202, 'a code, to the owner’s address', ({ people }) => ({
    body: { email: people.owner.email },
  })),
  'PUT /v1/auth/password/reset': all(401, 'the owner’s address, a guessed code', ({ people }) => ({
    body: { email: people.owner.email, code: guessed, new_password: 'another password' },
  })),
  'POST /v1/auth/legacy-tokens': own(201, sends({ label: 'a phone' })),
  'GET /v1/auth/legacy-tokens': own(200),
  'DELETE /v1/auth/legacy-tokens/:id': write(
    'a token of the owner',
    once(
      ['owner'],
      throwaway('/v1/auth/legacy-tokens', () => ({})),
    ),
  ),

  // Oneself (docs/spec/v1.md#9-usersme)
  'GET /v1/users/me': own(200),
  'PATCH /v1/users/me': own(200, sends({ activity_sharing: 'full' })),
  'DELETE /v1/users/me': own(403, sends({ password: 'a guessed password' })),
  'GET /v1/users/me/export': own(200),
  'POST /v1/users/me/calendar': own(201),
  'DELETE /v1/users/me/calendar': own(200),
  'GET /v1/calendar/:secret.ics': row(
    '200 404 404 404 404 404 404 404',
    'the owner’s, by its secret',
    async (world, role) => {
      const { url } = await world.do<{ url: string }>('POST', '/v1/users/me/calendar');
      const secret = /([^/]+)\.ics$/.exec(url)?.[1] ?? '';
      return { path: { secret: role === 'owner' ? secret : `${secret.slice(1)}${secret.slice(0, 1)}` } };
    },
  ),

  // Friends (docs/spec/v1.md#10-friends)
  'GET /v1/friends': own(200),
  'GET /v1/friends/ids': own(200),
  'GET /v1/friends/check/:user_id': own(200, ({ people }) => ({ path: { user_id: people.owner.id } })),
  'GET /v1/friends/requests/received': own(200),
  'GET /v1/friends/requests/sent': own(200),
  'POST /v1/friends/requests': row('400 409 409 403 409 401 401 401', 'to the owner, by code', async (world, role) => {
    const { owner, viewer, stranger } = world.people;
    // Whoever is a friend, or has asked already, cannot ask again; across a block nobody can.
    for (const person of [viewer, stranger]) {
      if (role === 'viewer' || role === 'stranger') await world.request(person, owner).catch(() => undefined);
    }
    return { body: { friend_code: owner.code } };
  }),
  'POST /v1/friends/requests/:id/accept': row(
    '200 403 403 403 403 401 401 401',
    'a request to the owner',
    once(['owner'], requestTo),
  ),
  'POST /v1/friends/requests/:id/reject': row(
    '200 403 403 403 403 401 401 401',
    'a request to the owner',
    once(['owner'], requestTo),
  ),
  'DELETE /v1/friends/requests/:id': row(
    '200 403 403 403 403 401 401 401',
    'a request of the owner',
    once(['owner'], requestFrom),
  ),
  'POST /v1/friends/block/:user_id': row('400 200 200 200 200 401 401 401', 'somebody', async (world, role) => {
    // Nobody blocks themselves; the others block somebody new.
    const user = role === 'owner' ? world.people.owner : { id: `nobody-${role}` };
    return Promise.resolve({ path: { user_id: user.id } });
  }),
  'DELETE /v1/friends/block/:user_id': row(
    '404 404 404 403 404 401 401 401',
    'the owner’s block, by its target',
    ({ people }) => ({ path: { user_id: people.owner.id } }),
  ),
  'DELETE /v1/friends/:id': row('404 404 403 403 403 401 401 401', 'a friendship of the owner', async (world, role) => {
    // Either side may; nobody is to lose the friend here, so theirs is one that is still to be accepted.
    const pending = role === 'owner' || role === 'friend';
    const id = pending ? await world.request(world.people[role], await world.somebody()) : world.friendship;
    return { path: { id } };
  }),

  // Sharing (docs/spec/v1.md#11-visibility)
  'GET /v1/visibility/:resource_type/:resource_id': row(
    '200 403 403 403 403 401 401 401',
    'a todo of the owner',
    visibilityOf(),
  ),
  'PUT /v1/visibility/:resource_type/:resource_id': row(
    '200 403 403 403 403 401 401 401',
    'a todo of the owner',
    visibilityOf({ level: 'public' }),
  ),
  'DELETE /v1/visibility/:resource_type/:resource_id': row(
    '200 403 403 403 403 401 401 401',
    'a todo of the owner',
    visibilityOf(),
  ),

  // Tags (docs/spec/v1.md#8-tags-and-tag-groups)
  'GET /v1/tags/groups': own(200),
  'POST /v1/tags/groups': own(201, sends({ name: 'group', color: '#abc' })),
  'GET /v1/tags/groups/:id': write('a group of the owner', groupOf),
  'PATCH /v1/tags/groups/:id': write('a group of the owner', with_({ description: MARK }, groupOf)),
  'DELETE /v1/tags/groups/:id': write(
    'a group of the owner',
    once(
      ['owner'],
      throwaway('/v1/tags/groups', () => ({ name: MARK, color: '#abc' })),
    ),
  ),
  'GET /v1/tags': own(200),
  'POST /v1/tags': write(
    'into a group of the owner',
    ({ group }, role) => ({ body: { name: `${MARK} ${role}`, color: '#abc', group_id: group } }),
    201,
  ),
  'GET /v1/tags/:id': write('a tag of the owner', tagOf),
  'PATCH /v1/tags/:id': write('a tag of the owner', with_({ description: MARK }, tagOf)),
  'DELETE /v1/tags/:id': write(
    'a tag of the owner',
    once(
      ['owner'],
      throwaway('/v1/tags', ({ group }) => ({ name: `${MARK} ${randomUUID()}`, color: '#abc', group_id: group })),
    ),
  ),

  // Schedules (docs/spec/v1.md#6-schedules)
  'GET /v1/schedules': own(200, sends(undefined, 'start_date=2026-01-01&end_date=2027-01-01')),
  'POST /v1/schedules': write(
    'with a tag of the owner',
    ({ tag }) => ({
      body: { title: MARK, start_time: '2026-03-02T09:00:00Z', end_time: '2026-03-02T10:00:00Z', tag_ids: [tag] },
    }),
    201,
  ),
  'GET /v1/schedules/:id': read('a schedule of the owner', at('schedule')),
  'PATCH /v1/schedules/:id': write('a schedule of the owner', at('schedule', { title: MARK })),
  'DELETE /v1/schedules/:id': write(
    'an occurrence of the owner’s series',
    at('series', undefined, 'instance_start=2026-03-03T09:00:00Z'),
  ),
  'POST /v1/schedules/:id/todo': write(
    'a schedule of the owner',
    async (world, role) => ({
      path: { id: await world.aim('schedule', role) },
      query: `tag_group_id=${world.group}`,
    }),
    201,
  ),
  'GET /v1/schedules/:id/timers': read('a schedule of the owner', at('schedule')),
  'GET /v1/schedules/:id/timers/active': row(
    '200 403 404 403 403 401 401 401',
    'a schedule of the owner; the viewer has no timer of it',
    linkedTimers('schedule'),
  ),

  // Todos (docs/spec/v1.md#7-todos)
  'GET /v1/todos': own(200),
  'GET /v1/todos/stats': own(200, ({ group }) => ({ query: `group_id=${group}` })),
  'POST /v1/todos': write(
    'into a group of the owner',
    ({ group }) => ({ body: { title: MARK, tag_group_id: group } }),
    201,
  ),
  'GET /v1/todos/:id': read('a todo of the owner', at('todo')),
  'PATCH /v1/todos/:id': write('a todo of the owner', at('todo', { title: MARK })),
  'DELETE /v1/todos/:id': write('a todo of the owner', at('todo')),
  'GET /v1/todos/:id/timers': read('a todo of the owner', at('todo')),
  'GET /v1/todos/:id/timers/active': row(
    '200 403 404 403 403 401 401 401',
    'a todo of the owner; the viewer has no timer of it',
    linkedTimers('todo'),
  ),

  // Timers (docs/spec/v1.md#5-timers, docs/spec/extensions.md#sockets)
  'GET /v1/timers': own(200, sends(undefined, 'scope=mine')),
  'GET /v1/timers/active': row('200 404 404 404 404 401 401 401', 'the caller’s own'),
  'POST /v1/timers': write(
    'of a schedule of the owner',
    async (world, role) => ({ body: { allocated_duration: 60, schedule_id: await world.aim('schedule', role) } }),
    201,
  ),
  'POST /v1/timers/manual': write(
    'of a todo of the owner',
    async (world, role) => ({ body: { segments: SEGMENTS, todo_id: await world.aim('todo', role) } }),
    201,
  ),
  'GET /v1/timers/export': own(200, sends(undefined, 'format=json')),
  'GET /v1/timers/:id': read('a timer of the owner', at('timer')),
  'PATCH /v1/timers/:id': write('a timer of the owner', at('timer', { title: MARK })),
  'DELETE /v1/timers/:id': write('a timer of the owner', at('timer')),
  'PATCH /v1/timers/:id/segments': write('a timer of the owner', at('finished', { segments: SEGMENTS })),
  'GET /v1/timers/:id/revisions': write('a timer of the owner', at('finished')),
  'PATCH /v1/timers/:id/pause': write('a timer of the owner', at('timer')),
  'PATCH /v1/timers/:id/resume': write('a timer of the owner', paused),
  'POST /v1/timers/:id/stop': write('a timer of the owner', at('timer')),
  'POST /v1/timers/:id/cancel': write('a timer of the owner', at('timer')),
  'GET /v1/statistics': own(200, sends(undefined, 'from=2026-03-01&to=2026-03-31&group_by=tag')),

  // Rooms (docs/spec/rooms.md#rooms)
  'POST /api/v1/rooms': room('201 201 201 201 201 201 201 201', 'a new room', sends({ room_name: 'another' })),
  'GET /api/v1/rooms/:room_id': room('200 200 200 200 200 200 200 200', 'the owner’s room', inRoom()),
  'PATCH /api/v1/rooms/:room_id': hostOnly(200, 'the owner’s room', inRoom({ control: 'host' })),
  'PUT /api/v1/rooms/:room_id': hostOnly(200, 'the owner’s room', inRoom({ control: 'host' })),
  'DELETE /api/v1/rooms/:room_id': hostOnly(204, 'a room of the owner', freshRoom(['owner', 'host'])),
  'POST /api/v1/rooms/:room_id/timer/start': hostOnly(200, 'a room whose host controls it', roomTimer('start')),
  'POST /api/v1/rooms/:room_id/timer/pause': hostOnly(200, 'a room whose host controls it', roomTimer('pause')),
  'POST /api/v1/rooms/:room_id/timer/resume': hostOnly(200, 'a room whose host controls it', roomTimer('resume')),
  'POST /api/v1/rooms/:room_id/timer/reset': hostOnly(200, 'a room whose host controls it', roomTimer('reset')),
  'POST /api/v1/rooms/:room_id/participants': room(
    '201 201 201 201 201 201 201 201',
    'the owner’s room',
    inRoom({ participant_name: 'Me' }),
  ),
  'GET /api/v1/rooms/:room_id/participants': room('200 200 200 200 200 200 200 200', 'the owner’s room', inRoom()),
  'DELETE /api/v1/rooms/:room_id/participants/:participant_id': room(
    '204 403 403 403 403 403 204 204',
    'a participant; the participant themselves',
    freshParticipant,
  ),
  'GET /api/v1/rooms/:room_id/statistics': room('200 200 200 200 200 200 200 200', 'the owner’s room', inRoom()),
  'GET /room/:room_id': room('200 200 200 200 200 200 200 200', 'the share page', inRoom()),
};

/** Parts of the house that have nobody in them: pages, documents, probes. Whoever asks, the answer is the same. */
export const IMPERSONAL = /^GET \/(?!v1\/|api\/v1\/rooms|room\/)/;
