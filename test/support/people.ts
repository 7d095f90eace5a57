import { v7 as uuidv7 } from 'uuid';

import type { ResourceType } from '../../src/access/visibility.js';
import { Signals } from '../../src/signals/signals.js';
import type { Domain } from './domain.js';
import { AT_NOON, startDomain } from './domain.js';
import type { TestAppOptions } from './app.js';
import { type Reply, send, type Sent, signUp } from './send.js';

export type Answer = Reply;

/** Somebody with an account who is signed in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly code: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

export interface Told {
  topic: string;
  kind: string;
  body: Record<string, unknown>;
}

export interface Circle extends Domain {
  /** @param name the local part of the address, and the display name */
  signUp(name: string): Promise<Person>;
  /** What the signals told since the last time. */
  heard(): Told[];
}

export const NOON = '2026-03-02T12:00:00Z';

export async function startCircle(options: TestAppOptions = {}): Promise<Circle> {
  const env = { RATE_LIMIT_ENABLED: 'false', ...options.env };
  const domain = await startDomain({ ...options, env });
  const told: Told[] = [];
  domain.app
    .get(Signals)
    .subscribe(({ topic, kind, body: { ...body } }) => told.push({ topic, kind, body: { ...body } }));
  return { ...domain, signUp: (name) => personNamed(domain, name), heard: () => told.splice(0) };
}

/** The clock stands so many seconds after noon. */
export function atSecond({ clock }: Domain, seconds: number): string {
  clock.ms = AT_NOON + seconds * 1_000;
  return new Date(clock.ms).toISOString().replace('.000', '');
}

async function personNamed({ url, dataSource }: Domain, name: string): Promise<Person> {
  const email = `${name.toLowerCase()}@example.com`;
  const token = await signUp(url, email, { display_name: name });
  const [row]: { id: string; friend_code: string }[] = await dataSource.query(
    `SELECT id, friend_code FROM users WHERE email = $1`,
    [email],
  );
  if (row === undefined) throw new Error(`${name} could not sign up`);
  const call = (method: string, path: string, body?: unknown) => callJson(url, method, path, { body, token });
  return { id: row.id, email, code: row.friend_code, call };
}

/** @returns the reply, which is JSON whatever its status */
export async function callJson(url: string, method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { body } = sent;
  const reply = await send(url, method, path, {
    ...sent,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return reply;
}

/** A domain error with exactly the keys of docs/spec/v1.md#21-domain-errors-and-500. */
export const failure = (status: number, errorType: string, message: string) => ({
  status,
  body: {
    error_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    status_code: status,
    error_type: errorType,
    message,
    detail: message,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    path: expect.stringMatching(/^\/v1\//) as string,
  },
});

export const ok = (body: unknown, status = 200) => ({ status, body });

/** Without the headers, to compare with {@link ok} and {@link failure} as a whole. */
export const seen = ({ status, body }: Answer) => ({ status, body });

export const anId = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;

export async function askByCode(from: Person, to: Person): Promise<string> {
  const { status, body } = await from.call('POST', '/v1/friends/requests', { friend_code: to.code });
  expect(status).toBe(201);
  return (body as { id: string }).id;
}

/** @returns the friendship's id */
export async function befriend(a: Person, b: Person): Promise<string> {
  const id = await askByCode(a, b);
  expect((await b.call('POST', `/v1/friends/requests/${id}/accept`)).status).toBe(200);
  return id;
}

/** Errors about visibility settings (docs/spec/v1.md#11-visibility). */
export const VISIBILITY_FAILURES = {
  notFound: failure(404, 'VisibilityNotFoundError', 'Visibility setting not found'),
  denied: failure(403, 'AccessDeniedError', `You don't have permission to access this resource`),
  nonFriend: failure(
    400,
    'CannotShareWithNonFriendError',
    'Cannot share with non-friend users in SELECTED_FRIENDS mode',
  ),
};

/** Errors about friends (docs/spec/v1.md#10-friends). */
export const FRIEND_FAILURES = {
  notFound: failure(404, 'FriendshipNotFoundError', 'Friendship not found'),
  codeNotFound: failure(404, 'FriendCodeNotFoundError', 'Friend code not found'),
  exists: failure(409, 'FriendRequestAlreadyExistsError', 'Friend request already exists'),
  friends: failure(409, 'AlreadyFriendsError', 'Already friends with this user'),
  self: failure(400, 'CannotFriendSelfError', 'Cannot send friend request to yourself'),
  notPending: failure(400, 'FriendRequestNotPendingError', 'Friend request is not pending'),
  notRecipient: failure(403, 'NotFriendRequestRecipientError', 'You are not the recipient of this friend request'),
  blocked: failure(403, 'UserBlockedError', 'This user is blocked or has blocked you'),
  notFriends: failure(403, 'NotFriendsError', 'You are not friends with this user'),
};

/** Adds a schedule, timer or todo of this person. @returns its id */
export async function addItem(circle: Circle, type: ResourceType, owner: Person): Promise<string> {
  const id = uuidv7();
  if (type === 'timer') return (await circle.create({ userId: owner.id })).id;
  if (type === 'schedule') {
    await circle.dataSource.query(
      `INSERT INTO schedules (id, owner_id, title, start_time, end_time, state, created_at, updated_at)
       VALUES ($1, $2, 't', $3, $3::timestamptz + interval '1 hour', 'PLANNED', $3, $3)`,
      [id, owner.id, NOON],
    );
    return id;
  }
  await circle.dataSource.query(
    `WITH g AS (INSERT INTO tag_groups (id, owner_id, name, color, created_at, updated_at)
       VALUES ($1, $2, 'g', '#FFF', $3, $3) RETURNING id)
     INSERT INTO todos (id, owner_id, title, tag_group_id, status, created_at, updated_at)
     SELECT $1, $2, 't', id, 'UNSCHEDULED', $3, $3 FROM g`,
    [id, owner.id, NOON],
  );
  return id;
}
