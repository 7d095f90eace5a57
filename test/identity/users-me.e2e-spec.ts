import {
  allHeaders,
  domainError,
  Http,
  invalid,
  OK,
  PASSWORD,
  reply,
  type Tokens,
  unauthorized,
} from '../support/http.js';
import { forge, OidcIssuer } from './support/oidc-issuer.js';

const ME = '/v1/users/me';
const AUDIENCE = 'https://timer.example/api';
const UUID = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string;
const CODE = expect.stringMatching(/^[\w-]{43}$/) as string;
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
const REAUTHENTICATE = domainError(403, 'ReauthenticationRequiredError', 'Password or a fresh token required', ME);

let http: Http;
let me: Tokens & { email: string };
let fresh: Record<string, unknown>;

beforeAll(async () => {
  http = await Http.start();
});
afterAll(() => http.close());

beforeEach(async () => {
  me = await http.signUp();
  fresh = {
    id: UUID,
    display_name: null,
    avatar_url: null,
    friend_code: CODE,
    email: me.email,
    activity_sharing: 'full',
    timezone: 'UTC',
  };
});

const patch = (body: unknown, token = me.access_token) => http.call({ method: 'PATCH', path: ME, body, token });
const remove = (body: unknown, token = me.access_token) => http.call({ method: 'DELETE', path: ME, body, token });
const valueError = (key: string, reason: string, input: unknown) =>
  invalid({ type: 'value_error', loc: ['body', key], msg: `Value error, ${reason}`, input, ctx: { error: {} } });

describe('GET', () => {
  it('shows an account that has just been made', async () => {
    expect(await http.get(ME, me.access_token)).toEqual(reply(200, fresh));
  });

  it('shows the name given at sign-up, and the same friend code each time', async () => {
    const body = { email: `named-${me.email}`, password: PASSWORD, display_name: 'Ann' };
    const { access_token: token } = (await http.post('/v1/auth/signup', body)).body as Tokens;
    const first = await http.get(ME, token);
    expect(first).toEqual(reply(200, { ...fresh, email: body.email, display_name: 'Ann' }));
    expect(await http.get(ME, token)).toEqual(first);
  });

  it.each(['GET', 'PATCH', 'DELETE'])('%s is nobody’s without a token', async (method) => {
    const missing = unauthorized('Authorization header missing');
    expect(await http.call({ method, path: ME })).toEqual(missing);
    expect(await http.call({ method, path: ME, headers: { Authorization: 'Token abc' } })).toEqual(missing);
    expect(await http.call({ method, path: ME, token: 'abc' })).toEqual(unauthorized('Invalid token: malformed'));
  });

  it('knows nobody else', async () => {
    for (const path of ['/v1/users', '/v1/users/somebody', `${ME}/friends`]) {
      expect(await http.get(path, me.access_token)).toEqual(reply(404, { detail: 'Not Found' }));
    }
    const posted = await http.post(ME, {}, me.access_token);
    expect(posted).toMatchObject({ status: 405, headers: { allow: 'DELETE, GET, HEAD, PATCH' } });
  });
});

describe('PATCH', () => {
  it('sets what is given and keeps the rest', async () => {
    const all = {
      display_name: 'Änn 🦊',
      avatar_url: 'https://example.com/a.png',
      activity_sharing: 'no_title',
      timezone: 'Europe/Berlin',
    };
    expect(await patch(all)).toEqual(reply(200, { ...fresh, ...all }));
    expect(await patch({ timezone: '+05:30' })).toEqual(reply(200, { ...fresh, ...all, timezone: '+05:30' }));
    expect(await patch({ display_name: null, avatar_url: null })).toEqual(
      reply(200, { ...fresh, activity_sharing: 'no_title', timezone: '+05:30' }),
    );
    expect(await http.get(ME, me.access_token)).toEqual(
      reply(200, { ...fresh, activity_sharing: 'no_title', timezone: '+05:30' }),
    );
  });

  it.each([
    ['nothing', {}],
    ['null for what cannot be null', { activity_sharing: null, timezone: null }],
    ['unknown keys', { id: 'x', email: 'a@b', friend_code: 'x', password_hash: 'x', verified_email: 'a@b' }],
    ['keys of the prototype', '{"__proto__":{"timezone":"x"},"constructor":{"prototype":{"timezone":"x"}}}'],
  ])('%s changes nothing', async (_, body) => {
    expect(await patch(body)).toEqual(reply(200, fresh));
  });

  it.each([
    ['ftp://example.com/a', 'an http or https URL'],
    ['javascript:alert(1)', 'an http or https URL'],
    ['a', 'an http or https URL'],
    ['', 'an http or https URL'],
  ])('refuses the picture %j', async (url, reason) => {
    expect(await patch({ avatar_url: url })).toEqual(valueError('avatar_url', reason, url));
  });

  it('refuses what is too long, of another type, or no choice', async () => {
    const long = `https://x/${'a'.repeat(2_039)}`;
    expect(await patch({ avatar_url: long.slice(0, -1) })).toMatchObject({ status: 200 });
    expect(await patch({ avatar_url: long })).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'string_too_long', loc: ['body', 'avatar_url'], ctx: { max_length: 2_048 } }] },
    });
    expect(await patch({ display_name: 5, activity_sharing: 'some' })).toEqual(
      invalid(
        { type: 'string_type', loc: ['body', 'display_name'], msg: 'Input should be a valid string', input: 5 },
        {
          type: 'enum',
          loc: ['body', 'activity_sharing'],
          msg: `Input should be 'full', 'no_title' or 'off'`,
          input: 'some',
          ctx: { expected: `'full', 'no_title' or 'off'` },
        },
      ),
    );
    expect(await patch({ display_name: '\0' })).toEqual(
      valueError('display_name', 'text must not contain U+0000 or a lone surrogate', '\0'),
    );
    expect(await patch(undefined)).toEqual(invalid({ type: 'missing', loc: ['body'], msg: 'Field required' }));
  });

  it.each(['Mars/Base', '', '+25:00'])('refuses the zone %j and writes nothing', async (timezone) => {
    const refused = domainError(400, 'InvalidTimezoneError', `Invalid timezone: ${timezone}`, ME);
    expect(await patch({ display_name: 'lost', timezone })).toEqual(refused);
    expect(await http.get(ME, me.access_token)).toEqual(reply(200, fresh));
  });
});

describe('DELETE', () => {
  it.each([[undefined], [{}], [{ password: null }], [{ password: 'a guessed password' }], [{ password: '' }]])(
    'wants the password: %j is not enough',
    async (body) => {
      expect(await remove(body)).toEqual(REAUTHENTICATE);
      expect((await http.get(ME, me.access_token)).status).toBe(200);
    },
  );

  it('does not repeat a password of another type', async () => {
    const wrong = { type: 'string_type', loc: ['body', 'password'], msg: 'Input should be a valid string' };
    expect(await remove({ password: 12_345_678 })).toEqual(invalid(wrong));
  });

  it('is the end of the account, once', async () => {
    expect(await remove({ password: PASSWORD })).toEqual(OK);
    expect(await remove({ password: PASSWORD })).toEqual(unauthorized('Invalid token: revoked'));
    expect(await http.logIn(me.email)).toEqual(unauthorized('Invalid email or password'));
  });
});

describe('export', () => {
  interface Exported {
    readonly timers: readonly { readonly id: string }[];
  }

  const EMPTY = {
    timers: [],
    schedules: [],
    todos: [],
    schedule_exceptions: [],
    tag_groups: [],
    tags: [],
    timer_corrections: [],
    room_presence: [],
    room_sessions: [],
    friend_requests_by_email: [],
    sessions: [{ id: UUID, user_agent: null, created_at: INSTANT, last_used_at: INSTANT }],
    legacy_tokens: [],
    friendships: [],
    visibility_settings: [],
    has_calendar: false,
  };
  const made = async (path: string, body: object): Promise<Record<string, unknown> & { id: string }> => {
    const { status, body: thing } = await http.post(path, body, me.access_token);
    expect(status).toBe(201);
    return thing as Record<string, unknown> & { id: string };
  };

  it('of who has nothing', async () => {
    const answer = await http.get(`${ME}/export`, me.access_token);
    expect(answer).toEqual(
      reply(
        200,
        { profile: fresh, ...EMPTY },
        { 'content-disposition': 'attachment; filename="metronome.json"', 'transfer-encoding': 'chunked' },
      ),
    );
  });

  it('has everything as the routes show it, and no secret', async () => {
    const group = await made('/v1/tags/groups', { name: 'g', color: '#abc' });
    const tag = await made('/v1/tags', { name: 't', color: '#abc', group_id: group.id });
    const todo = await made('/v1/todos', { title: 'todo', tag_group_id: group.id });
    const times = { start_time: '2026-03-02T09:00:00Z', end_time: '2026-03-02T10:00:00Z' };
    const series = await made('/v1/schedules', { title: 's', ...times, recurrence_rule: 'FREQ=DAILY;COUNT=3' });
    const path = `/v1/schedules/${series.id}?instance_start=2026-03-03T09:00:00Z`;
    await http.call({ method: 'PATCH', path, body: { title: 'other' }, token: me.access_token });
    const segments = [{ start: '2026-03-02T09:00:00Z', end: '2026-03-02T09:30:00Z' }];
    const timer = await made('/v1/timers/manual', { title: 'm', segments, tag_ids: [tag.id], todo_id: todo.id });
    const corrected = [{ start: '2026-03-02T09:00:00Z', end: '2026-03-02T09:20:00Z' }];
    const edited = await http.call({
      method: 'PATCH',
      path: `/v1/timers/${timer.id}/segments`,
      body: { segments: corrected },
      token: me.access_token,
    });
    const label = await made('/v1/auth/legacy-tokens', { label: 'phone' });
    const calendar = await made(`${ME}/calendar`, {});
    const blocked = (await http.post('/v1/friends/block/nobody', undefined, me.access_token)).body;
    const setting = await http.call({
      method: 'PUT',
      path: `/v1/visibility/todo/${todo.id}`,
      body: { level: 'friends' },
      token: me.access_token,
    });

    const answer = await http.get(`${ME}/export`, me.access_token);
    expect(answer.body).toEqual({
      profile: fresh,
      ...EMPTY,
      timers: [{ ...(edited.body as object), tags: [tag] }],
      schedules: [series],
      todos: [{ ...todo, visibility_level: 'friends' }],
      schedule_exceptions: [
        {
          master_id: series.id,
          original_start: '2026-03-03T09:00:00Z',
          deleted: false,
          title: 'other',
          description: null,
          start_time: null,
          end_time: null,
          tag_ids: null,
        },
      ],
      tag_groups: [group],
      tags: [tag],
      timer_corrections: [
        {
          timer_id: timer.id,
          revision: 1,
          at: INSTANT,
          former: expect.objectContaining({ id: timer.id, elapsed_time: 1_800, revision: 1 }) as object,
        },
      ],
      legacy_tokens: [{ id: label.id, label: 'phone', calls: 0, created_at: INSTANT, last_used_at: null }],
      friend_requests_by_email: [],
      friendships: [blocked],
      visibility_settings: [setting.body],
      has_calendar: true,
    });
    const text = JSON.stringify(answer.body);
    const [secret = ''] = /[\w-]+(?=\.ics$)/.exec(String(calendar['url'])) ?? [];
    for (const one of [label['token'], secret, me.refresh_token]) expect(text).not.toContain(one);
    expect(text).not.toMatch(/argon2|_hash/);
  });

  it('is sent in pieces, over pages and all of it', async () => {
    const user = (await http.get(ME, me.access_token)).body as { id: string };
    await http.query(
      `INSERT INTO timers (id, user_id, origin, status, elapsed_time, started_at, ended_at, allocated_duration, history,
         created_at, updated_at, title, revision)
       SELECT gen_random_uuid(), $1, 'v1', 'completed', 60, t, t + interval '1 min', 60, '[]', t, t, repeat('x', 200), 1
       FROM generate_series(1, 1203) n, LATERAL (SELECT now() - n * interval '1 hour') made (t)`,
      [user.id],
    );
    const answer = await http.get(`${ME}/export`, me.access_token);
    expect(allHeaders(answer)).toMatchObject({ 'transfer-encoding': 'chunked' });
    expect(allHeaders(answer)['content-length']).toBeUndefined();
    const { timers } = answer.body as Exported;
    expect(new Set(timers.map(({ id }) => id)).size).toBe(1_203);
  });

  it('is nobody’s without a token', async () => {
    expect(await http.get(`${ME}/export`)).toEqual(unauthorized('Authorization header missing'));
  });
});

describe('somebody of an outside issuer', () => {
  let issuer: OidcIssuer;
  let outside: Http;

  beforeAll(async () => {
    issuer = await OidcIssuer.start();
    const env = { OIDC_ISSUER_URL: issuer.url, OIDC_AUDIENCE: AUDIENCE };
    outside = await Http.start({ connection: http.connection, env });
  });
  afterAll(async () => {
    await outside.close();
    await issuer.stop();
  });

  const tokenOf = (sub: string, claims: object = {}): string => {
    const now = Math.floor(Date.now() / 1_000);
    return forge({ iss: issuer.url, aud: AUDIENCE, sub, iat: now, exp: now + 600, ...claims }, issuer.key());
  };
  const get = (token: string) => outside.get(ME, token);
  const outsider = { display_name: null, avatar_url: null, friend_code: CODE, email: null };
  const settings = { activity_sharing: 'full', timezone: 'UTC' };

  it('is who their token says, until they say otherwise', async () => {
    const claims = {
      name: 'Bea',
      picture: 'https://example.com/b.png',
      email: 'Bea@Example.com',
      email_verified: true,
    };
    const shown = { id: 'bea', ...outsider, ...settings, display_name: 'Bea', avatar_url: claims.picture };
    const token = tokenOf('bea', claims);
    expect(await get(token)).toEqual(reply(200, { ...shown, email: 'bea@example.com' }));
    const sent = { method: 'PATCH', path: ME, token };
    expect(await outside.call({ ...sent, body: { display_name: 'B.' } })).toMatchObject({
      body: { display_name: 'B.' },
    });
    expect(await get(tokenOf('bea', { ...claims, name: 'Beate' }))).toMatchObject({ body: { display_name: 'B.' } });
    const again = await outside.call({ ...sent, body: { display_name: null } });
    expect(again).toMatchObject({ body: { display_name: 'Beate' } });
  });

  it('has a preferred name instead, and never an unverified address', async () => {
    const claims = { preferred_username: 'cas', email: 'cas@example.com', email_verified: false };
    expect(await get(tokenOf('cas', claims))).toEqual(
      reply(200, { id: 'cas', ...outsider, ...settings, display_name: 'cas' }),
    );
  });

  it('deletes with a fresh token alone', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const stale = [tokenOf('dan', { iat: now - 301 }), tokenOf('dan', { auth_time: now - 301 })];
    for (const token of stale) {
      const refused = await outside.call({ method: 'DELETE', path: ME, body: { password: PASSWORD }, token });
      expect(refused).toEqual(REAUTHENTICATE);
    }
    const token = tokenOf('dan', { auth_time: now - 200 });
    expect(await outside.call({ method: 'DELETE', path: ME, token })).toEqual(OK);
    expect(await outside.query(`SELECT FROM users WHERE id = 'dan'`)).toEqual([]);
  });
});
