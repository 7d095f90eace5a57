import { Http, newEmail, type Tokens, tokensOf } from '../support/http.js';

/** In every text that the owner writes: an answer to somebody else that has it leaks. */
export const MARK = 'zq-owned';

/**
 * Who calls. `owner` is the one whose things it is about; `friend` is an accepted friend of theirs, `viewer` somebody whom
 * they let read by address, `blocked` whom they blocked; `host` and `participant` have no account but a room's token.
 */
export const ROLES = ['owner', 'friend', 'viewer', 'blocked', 'stranger', 'anonymous', 'host', 'participant'] as const;
export type Role = (typeof ROLES)[number];
type Member = 'owner' | 'friend' | 'viewer' | 'blocked' | 'stranger';

export interface Person extends Tokens {
  readonly id: string;
  readonly email: string;
  readonly code: string;
}

export interface Room {
  readonly id: string;
  readonly hostToken: string;
  readonly participantId: string;
  readonly participantToken: string;
}

/** What can be read by others, and in which state it is made. */
export type Kind = 'timer' | 'finished' | 'schedule' | 'series' | 'todo';
/** Private things, things that the viewer's address is on the list of, and public ones. */
type Audience = 'private' | 'list' | 'public';

/** What each role aims at: the friend at what is not shared, whoever is blocked at what everybody else may read. */
const AIM: Partial<Record<Role, Audience>> = { viewer: 'list', blocked: 'public' };
const RESOURCE = { timer: 'timer', finished: 'timer', schedule: 'schedule', series: 'schedule', todo: 'todo' } as const;

/** Five people, what one of them owns, and a room of theirs whose timer only its host controls. */
export class World {
  private readonly things = new Map<string, Promise<string>>();

  private constructor(
    readonly http: Http,
    readonly people: Readonly<Record<Member, Person>>,
    readonly group: string,
    readonly tag: string,
    readonly room: Room,
    readonly friendship: string,
    /** Of the owner. */
    readonly legacyToken: string,
  ) {}

  static async begin(env: Record<string, string> = {}): Promise<World> {
    const http = await Http.start({ env });
    const names: Member[] = ['owner', 'friend', 'viewer', 'blocked', 'stranger'];
    const people = await Promise.all(names.map((name) => signUp(http, name)));
    const all = Object.fromEntries(names.map((name, index) => [name, people[index]])) as Record<Member, Person>;
    const make = maker(http, all.owner);
    const group = await make('/v1/tags/groups', { name: MARK, color: '#123456' });
    const tag = await make('/v1/tags', { name: MARK, color: '#123', group_id: group });
    await proveAddress(http, all.viewer);
    const friendship = await befriend(http, all.owner, all.friend);
    await ok(http.post(`/v1/friends/block/${all.blocked.id}`, undefined, all.owner.access_token));
    const legacy = await ok(http.post('/v1/auth/legacy-tokens', { label: MARK }, all.owner.access_token));
    const { token } = legacy as { token: string };
    return new World(http, all, group, tag, await openRoom(http, all.owner), friendship, token);
  }

  personOf(role: Role): Person | undefined {
    return this.people[role as Member];
  }

  /** What this role shows of itself. */
  credentials(role: Role): Record<string, string> {
    const person = this.personOf(role);
    if (person) return { Authorization: `Bearer ${person.access_token}` };
    if (role === 'host') return { 'X-Host-Token': this.room.hostToken };
    return role === 'participant' ? { 'X-Participant-Token': this.room.participantToken } : {};
  }

  /** A call of the owner that must work. @returns its body */
  async do<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    return (await ok(this.http.call({ method, path, body, token: this.people.owner.access_token }))) as Body;
  }

  /** The id of what this role aims at; one of the owner's own is made anew each time, so that they may do anything to it. */
  async aim(kind: Kind, role: Role): Promise<string> {
    if (role === 'owner') return this.make(kind);
    const audience = AIM[role] ?? 'private';
    const key = `${kind} ${audience}`;
    const known = this.things.get(key) ?? this.makeFor(kind, audience);
    this.things.set(key, known);
    return known;
  }

  private async makeFor(kind: Kind, audience: Audience): Promise<string> {
    const id = await this.make(kind);
    const setting =
      audience === 'list'
        ? { level: 'allowed_emails', allowed_emails: [this.people.viewer.email] }
        : { level: audience === 'public' ? 'public' : 'private' };
    await this.do('PUT', `/v1/visibility/${RESOURCE[kind]}/${id}`, setting);
    return id;
  }

  async make(kind: Kind): Promise<string> {
    const texts = { title: MARK, description: MARK, tag_ids: [this.tag] };
    const times = { start_time: '2026-03-02T09:00:00Z', end_time: '2026-03-02T10:00:00Z' };
    const segments = [{ start: '2026-03-02T09:00:00Z', end: '2026-03-02T09:30:00Z' }];
    const made = {
      timer: ['/v1/timers', { ...texts, allocated_duration: 1_500 }],
      finished: ['/v1/timers/manual', { ...texts, segments }],
      schedule: ['/v1/schedules', { ...texts, ...times }],
      series: ['/v1/schedules', { ...texts, ...times, recurrence_rule: 'FREQ=DAILY;COUNT=5' }],
      todo: ['/v1/todos', { ...texts, tag_group_id: this.group }],
    } as const;
    const [path, body] = made[kind];
    return (await this.do<{ id: string }>('POST', path, body)).id;
  }

  /** Somebody new. */
  somebody(): Promise<Person> {
    return signUp(this.http, 'somebody');
  }

  /** Another sign-in of a role: what it ends is not the role's own. */
  async anotherSession(role: Role): Promise<Tokens | undefined> {
    const person = this.personOf(role);
    return person && tokensOf(await this.http.logIn(person.email));
  }

  /** A pending request. */
  async request(from: Person, to: Person): Promise<string> {
    const body = { friend_code: to.code };
    return ((await ok(this.http.post('/v1/friends/requests', body, from.access_token))) as { id: string }).id;
  }

  newRoom(): Promise<Room> {
    return openRoom(this.http, this.people.owner);
  }

  /** Everything of the owner's that somebody could have changed, as one text. */
  async fingerprint(): Promise<string> {
    const { id } = this.people.owner;
    const rows = await this.http.query<{ digest: string }>(
      `SELECT md5(string_agg(one, '|' ORDER BY one)) AS digest FROM (${OWNED.join(' UNION ALL ')}) rows (one)`,
      [id, this.room.id],
    );
    return rows[0]?.digest ?? '';
  }
}

/** Rows of the owner and of their room, without what a refused call may move: when something was used last. */
const OWNED = [
  `SELECT to_jsonb(t)::text FROM timers t WHERE user_id = $1 OR room_id = $2::uuid`,
  `SELECT to_jsonb(s)::text FROM schedules s WHERE owner_id = $1`,
  `SELECT to_jsonb(e)::text FROM schedule_exceptions e JOIN schedules s ON s.id = e.master_id WHERE s.owner_id = $1`,
  `SELECT to_jsonb(t)::text FROM todos t WHERE owner_id = $1`,
  `SELECT to_jsonb(t)::text FROM tags t WHERE owner_id = $1`,
  `SELECT to_jsonb(g)::text FROM tag_groups g WHERE owner_id = $1`,
  `SELECT to_jsonb(f)::text FROM friendships f WHERE $1 IN (requester_id, addressee_id)`,
  `SELECT to_jsonb(b)::text FROM blocks b WHERE $1 IN (blocker_id, blocked_id)`,
  `SELECT to_jsonb(v)::text FROM visibility_settings v WHERE owner_id = $1`,
  `SELECT (to_jsonb(u))::text FROM users u WHERE id = $1`,
  `SELECT s.id::text FROM sessions s WHERE user_id = $1`,
  `SELECT l.id::text FROM legacy_tokens l WHERE user_id = $1`,
  `SELECT (to_jsonb(r) - 'used_at')::text FROM rooms r WHERE id = $2::uuid`,
  `SELECT to_jsonb(c)::text FROM room_clocks c WHERE room_id = $2::uuid`,
  `SELECT (q.id || coalesce(q.token_hash::text, '') || q.removed) FROM participants q
   WHERE room_id = $2::uuid AND token_hash IS NOT NULL AND name = 'Somebody'`,
];

async function ok(reply: Promise<{ status: number; body: unknown }>): Promise<unknown> {
  const { status, body } = await reply;
  if (status >= 300) throw new Error(`not what was expected: ${status} ${JSON.stringify(body)}`);
  return body;
}

async function signUp(http: Http, name: string): Promise<Person> {
  const { access_token, refresh_token, email } = await http.signUp(newEmail());
  await ok(http.call({ method: 'PATCH', path: '/v1/users/me', body: { display_name: name }, token: access_token }));
  const me = (await ok(http.get('/v1/users/me', access_token))) as { id: string; friend_code: string };
  return { access_token, refresh_token, email, id: me.id, code: me.friend_code };
}

const maker =
  (http: Http, { access_token: token }: Person) =>
  async (path: string, body: object): Promise<string> =>
    ((await ok(http.post(path, body, token))) as { id: string }).id;

async function proveAddress(http: Http, { access_token: token, email }: Person): Promise<void> {
  await ok(http.post('/v1/auth/email/code', {}, token));
  const [code] = await http.mailedCodes(email);
  await ok(http.post('/v1/auth/email/verify', { code }, token));
}

async function befriend(http: Http, one: Person, other: Person): Promise<string> {
  const asked = await ok(http.post('/v1/friends/requests', { friend_code: other.code }, one.access_token));
  const { id } = asked as { id: string };
  await ok(http.post(`/v1/friends/requests/${id}/accept`, undefined, other.access_token));
  return id;
}

/** A room of somebody, with one participant who has no account. */
async function openRoom(http: Http, { access_token: token }: Person): Promise<Room> {
  const created = (await ok(http.post('/api/v1/rooms', { room_name: 'a-room' }, token))) as {
    data: { room_id: string; host_token: string };
  };
  const { room_id: id, host_token: hostToken } = created.data;
  const path = `/api/v1/rooms/${id}`;
  await ok(http.call({ method: 'PATCH', path, body: { control: 'host' }, token }));
  const joined = (await ok(http.post(`${path}/participants`, { participant_name: 'Somebody' }))) as {
    data: { participant_id: string; participant_token: string };
  };
  const { participant_id: participantId, participant_token: participantToken } = joined.data;
  return { id, hostToken, participantId, participantToken };
}
