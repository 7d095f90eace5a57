import { Pool } from 'pg';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';

import { AccountDeletion } from '../../src/v1/users/account-deletion.js';
import { Http, newEmail, OK, PASSWORD, type Tokens, unauthorized } from '../support/http.js';
import { OidcIssuer } from './support/oidc-issuer.js';
import { whereIs } from './traces.js';

const AUDIENCE = 'https://timer.example/api';
const ME = '/v1/users/me';

let here: Http;

beforeAll(async () => {
  here = await Http.start();
});
afterAll(() => here.close());

interface Somebody extends Tokens {
  readonly id: string;
  readonly email: string;
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

describe('deleting', () => {
  it('touches nothing of somebody whose id contains theirs', async () => {
    const [short, long] = ['7', '1787'];
    for (const id of [short, long]) {
      await here.query(`INSERT INTO users (id, oidc_issuer, oidc_subject) VALUES ($1, 'https://id.example', $1)`, [id]);
      await here.query(
        `INSERT INTO signals (topic, kind, body) VALUES ('user:' || $1, 'x', jsonb_build_object('a', $1::text))`,
        [id],
      );
      await here.query(
        `INSERT INTO kept_answers (scope, key, fingerprint, status, body) VALUES ('v1:user:' || $1, 'k', '', 200, '{"n": "1787"}')`,
        [id],
      );
    }
    await here.app.get(AccountDeletion).delete(short);
    expect(await here.query(`SELECT topic FROM signals WHERE kind = 'x'`)).toEqual([{ topic: `user:${long}` }]);
    expect(await here.query(`SELECT scope FROM kept_answers WHERE key = 'k'`)).toEqual([{ scope: `v1:user:${long}` }]);
  });

  it.each(['user', 'v1', 'a:user:b'])('takes nobody else’s answers along when the issuer calls them %j', async (id) => {
    await here.query(`DELETE FROM kept_answers`);
    await here.query(`INSERT INTO users (id, oidc_issuer, oidc_subject) VALUES ($1, 'https://id.example', $1)`, [id]);
    const insert = `INSERT INTO kept_answers (scope, key, fingerprint, status, body) VALUES ($1, 'k', '', 200, '{}')`;
    for (const scope of ['v1:user:b', 'v1:room:r', `v1:user:${id}`]) await here.query(insert, [scope]);
    await here.app.get(AccountDeletion).delete(id);
    expect(await here.query(`SELECT scope FROM kept_answers ORDER BY scope`)).toEqual([
      { scope: 'v1:room:r' },
      { scope: 'v1:user:b' },
    ]);
  });

  it('with an Idempotency-Key keeps nothing of the person for a repeat', async () => {
    const person = await signUp('Keyed');
    const headers = { 'Idempotency-Key': 'the end of this account' };
    const end = { method: 'DELETE', path: ME, body: { password: PASSWORD }, token: person.access_token, headers };
    expect(await here.call(end)).toEqual(OK);
    expect(await here.call(end)).toEqual(unauthorized('Invalid token: revoked'));
    expect(await whereIs(here, [person.id, person.email])).toEqual([]);
  });

  it('finds by an index what tells of the person: no statement reads what everybody has kept', async () => {
    const person = await signUp('Indexed');
    const sent = jest.spyOn(PostgresQueryRunner.prototype, 'query');
    await did(person, 'DELETE', ME, { password: PASSWORD });
    const statements = sent.mock.calls.filter(([text]) => /^\s*(DELETE|UPDATE)/.test(text));
    sent.mockRestore();
    expect(statements.length).toBeGreaterThan(15);
    const readWhole = new Set<string>();
    for (const [text, values] of statements) {
      const plan = await here.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values as unknown[]);
      for (const row of plan) {
        const [, table] = /Seq Scan on (\w+)/.exec(row['QUERY PLAN']) ?? [];
        if (table !== undefined) readWhole.add(table);
      }
    }
    // Unlinking that is under way; and the last hour's signals, for rooms that are deleted.
    expect(readWhole).toEqual(new Set(['timer_unlinks', 'signals']));
  });

  it('works on a bounded number of rows at a time, however many there are', async () => {
    const person = await signUp('Great');
    const [MANY, AT_ONCE] = [5_000, 2_000];
    const much = [
      `INSERT INTO timers (id, user_id, status, elapsed_time, started_at, history, created_at, updated_at, ended_at, origin,
         allocated_duration, revision)
       SELECT gen_random_uuid(), $1, 'completed', 1, now(), '[]', now(), now(), now(), 'v1', 0, 2 FROM generate_series(1, $2::int)`,
      `INSERT INTO timer_edits (timer_id, revision, at, snapshot) SELECT id, 1, now(), '{}' FROM timers WHERE user_id = $1 AND $2 > 0`,
      `INSERT INTO timer_changes (timer_id, revision, action, at, logged_at, origin, tag_ids, allocated_duration, status,
         elapsed_time, started_at, created_at, updated_at, history, owner, actor)
       SELECT gen_random_uuid(), n, 'start', t, t, 'v1', '{}', 0, 'running', 0, t, t, t, '[]', o, $1
       FROM generate_series(1, $2::int) n, (SELECT now() AS t) t, (VALUES ($1), (NULL)) AS owners (o)`,
      `INSERT INTO kept_answers (scope, key, fingerprint, status, body)
       SELECT 'v1:user:' || $1, n, '', 200, '{}' FROM generate_series(1, $2::int) n`,
      `INSERT INTO room_presence (id, room_id, participant_id, user_id, instance, came_at, seen_at, went_at)
       SELECT gen_random_uuid(), gen_random_uuid(), 'p', $1, gen_random_uuid(), now(), now(), now() FROM generate_series(1, $2::int)`,
    ];
    for (const text of much) await here.query(text, [person.id, MANY]);
    const sliced = jest.spyOn(here.app.get(Pool), 'query');
    const sent = jest.spyOn(PostgresQueryRunner.prototype, 'query');
    await did(person, 'DELETE', ME, { password: PASSWORD });
    const slices = await Promise.all(
      sliced.mock.results.map(({ value }) => value as unknown as Promise<{ rowCount: number | null }>),
    );
    const rest = await Promise.all(sent.mock.results.map(({ value }) => value as unknown));
    sliced.mockRestore();
    sent.mockRestore();
    const inTransaction = rest
      .flatMap((result) => (Array.isArray(result) ? [result[1] as unknown] : []))
      .filter(Number);
    expect(slices.filter(({ rowCount }) => rowCount === AT_ONCE).length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...slices.map(({ rowCount }) => rowCount ?? 0))).toBe(AT_ONCE);
    expect(Math.max(...inTransaction.map(Number))).toBeLessThanOrEqual(AT_ONCE);
    expect(await whereIs(here, [person.id])).toEqual([]);
  }, 60_000);

  it('leaves an unproven address in others’ lists, since it may be somebody else’s', async () => {
    const [squatter, owner] = [await signUp('Squatter'), await signUp('Owner')];
    const { id } = await did<Made>(owner, 'POST', '/v1/timers', { allocated_duration: 60 });
    const path = `/v1/visibility/timer/${id}`;
    await did(owner, 'PUT', path, { level: 'allowed_emails', allowed_emails: [squatter.email] });
    await did(squatter, 'DELETE', ME, { password: PASSWORD });
    expect(await did(owner, 'GET', path)).toMatchObject({ allowed_emails: [squatter.email] });
  });

  it('is not undone by another instance that does not know of it yet', async () => {
    const late = await Http.start({ connection: here.connection });
    const [me, target] = [await signUp('Late'), await signUp('Target')];
    const { friend_code: code } = await did<{ friend_code: string }>(target, 'GET', ME);
    expect((await late.get(ME, me.access_token)).status).toBe(200);
    const { SignalFollower } = await import('../../src/signals/signal-follower.js');
    jest.spyOn(late.app.get(SignalFollower), 'follow').mockResolvedValue();
    await did(me, 'DELETE', ME, { password: PASSWORD });
    const calls: [string, string, object?][] = [
      ['GET', ME],
      ['PATCH', ME, { display_name: 'back' }],
      ['POST', `/v1/friends/block/${target.id}`],
      ['POST', '/v1/friends/requests', { friend_code: code }],
      ['POST', '/v1/friends/requests', { email: target.email }],
    ];
    for (const [method, path, body] of calls) {
      const answer = await late.call({ method, path, body, token: me.access_token });
      expect([method, path, answer]).toEqual([method, path, unauthorized('Invalid token: revoked')]);
    }
    expect(await whereIs(here, [me.id, me.email])).toEqual([]);
    await late.close();
  });
});

describe('somebody of an outside issuer', () => {
  it('comes back to the blocks that others set', async () => {
    const issuer = await OidcIssuer.start();
    const env = { OIDC_ISSUER_URL: issuer.url, OIDC_AUDIENCE: AUDIENCE };
    const http = await Http.start({ connection: here.connection, env });
    const signIn = async () => (await issuer.signIn('harasser', { name: 'H' }, AUDIENCE)).accessToken;
    const token = await signIn();
    expect((await http.get(ME, token)).status).toBe(200);
    const [victim, friend] = [await signUp('Victim'), await signUp('Other')];
    await did(victim, 'POST', `/v1/friends/block/harasser`);
    const mine = await http.post(`/v1/friends/block/${friend.id}`, undefined, token);
    expect(mine.status).toBe(200);
    expect(await http.call({ method: 'DELETE', path: ME, token })).toEqual(OK);
    expect(await whereIs(here, ['harasser'])).toEqual(['blocks.blocked_id', 'friendships.addressee_id']);
    const { friend_code: code } = await did<{ friend_code: string }>(victim, 'GET', ME);
    const back = await signIn();
    const refused = await http.post('/v1/friends/requests', { friend_code: code }, back);
    expect(refused).toMatchObject({ status: 403, body: { error_type: 'UserBlockedError' } });
    await did(victim, 'DELETE', `/v1/friends/block/harasser`);
    expect((await http.post('/v1/friends/requests', { friend_code: code }, back)).status).toBe(201);
    await http.close();
    await issuer.stop();
  }, 60_000);
});
