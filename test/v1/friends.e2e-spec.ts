import { v7 as uuidv7 } from 'uuid';

import { Audience } from '../../src/access/audience.js';
import { FriendLists } from '../../src/access/friend-lists.js';
import { Friendships } from '../../src/access/friendships.js';
import { Transactions } from '../../src/database/transactions.js';
import {
  anId,
  type Answer,
  askByCode,
  atSecond,
  befriend,
  type Circle,
  failure,
  NOON,
  ok,
  type Person,
  seen,
  send,
  startCircle,
} from '../support/people.js';

const ROW = {
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

describe('friends', () => {
  let circle: Circle;
  let ann: Person;
  let bob: Person;
  let cat: Person;
  const others: Circle[] = [];
  const startAnother = async (options: Parameters<typeof startCircle>[0]): Promise<Circle> => {
    const another = await startCircle(options);
    others.push(another);
    return another;
  };

  beforeAll(async () => {
    circle = await startCircle();
    ann = await circle.signUp('Ann');
    bob = await circle.signUp('Bob');
    cat = await circle.signUp('Cat');
  });
  afterAll(() => circle.close());
  afterEach(async () => {
    for (const another of others.splice(0)) await another.close();
  });
  beforeEach(async () => {
    await circle.dataSource.query('TRUNCATE friendships, requests_by_email, blocks, visibility_settings');
    atSecond(circle, 0);
    circle.heard();
  });

  const relations = () =>
    circle.dataSource.query<{ requester_id: string; addressee_id: string; status: string }[]>(
      'SELECT requester_id, addressee_id, status FROM friendships ORDER BY id',
    );
  const changed = (a: Person, b: Person, status: string) =>
    [a, b].map(({ id }) => ({
      topic: `user:${id}`,
      kind: 'friendship.changed',
      body: { user_ids: [a.id, b.id], status },
    }));
  const byCode = (from: Person, to: Person) => from.call('POST', '/v1/friends/requests', { friend_code: to.code });
  const byEmail = (from: Person, email: string) => from.call('POST', '/v1/friends/requests', { email });

  describe('asking', () => {
    it('by code answers the request', async () => {
      const answer = await ann.call('POST', '/v1/friends/requests', { friend_code: `  ${bob.code}\n` });
      const friendship = { id: anId, requester_id: ann.id, addressee_id: bob.id, status: 'pending', blocked_by: null };
      expect(seen(answer)).toEqual(ok({ ...friendship, created_at: NOON, updated_at: NOON }, 201));
      expect(circle.heard()).toEqual([]);
    });

    it.each([
      ['an unknown code', () => ann.call('POST', '/v1/friends/requests', { friend_code: 'nobody' }), ROW.codeNotFound],
      ['the own code', () => byCode(ann, ann), ROW.self],
    ])('by %s is refused', async (_, call, row) => {
      expect(seen(await call())).toEqual(row);
      expect(await relations()).toEqual([]);
    });

    it('by code is refused while a request is pending either way', async () => {
      await askByCode(ann, bob);
      expect(seen(await byCode(ann, bob))).toEqual(ROW.exists);
      expect(seen(await byCode(bob, ann))).toEqual(ROW.exists);
      expect(await relations()).toEqual([{ requester_id: ann.id, addressee_id: bob.id, status: 'pending' }]);
    });

    it('by code is refused among friends', async () => {
      await befriend(ann, bob);
      expect(seen(await byCode(ann, bob))).toEqual(ROW.friends);
      expect(seen(await byCode(bob, ann))).toEqual(ROW.friends);
    });

    it('by code is refused across a block, whoever set it', async () => {
      await ann.call('POST', `/v1/friends/block/${bob.id}`);
      expect(seen(await byCode(ann, bob))).toEqual(ROW.blocked);
      expect(seen(await byCode(bob, ann))).toEqual(ROW.blocked);
    });

    it('by e-mail makes a request', async () => {
      expect(seen(await byEmail(ann, ' BOB@Example.com '))).toEqual(ok({ ok: true }, 202));
      expect(await relations()).toEqual([{ requester_id: ann.id, addressee_id: bob.id, status: 'pending' }]);
    });

    it.each([
      ['nobody', () => undefined, 'nobody@example.com', 0],
      ['oneself', () => undefined, 'ann@example.com', 0],
      ['a friend', () => befriend(ann, bob), 'bob@example.com', 1],
      ['somebody asked already', () => askByCode(ann, bob), 'bob@example.com', 1],
      ['somebody who asked', () => askByCode(bob, ann), 'bob@example.com', 1],
      ['somebody who blocks', () => bob.call('POST', `/v1/friends/block/${ann.id}`), 'bob@example.com', 1],
      ['somebody blocked', () => ann.call('POST', `/v1/friends/block/${bob.id}`), 'bob@example.com', 1],
    ])('by e-mail of %s is the same answer and changes nothing', async (_, prepare, email, count) => {
      await prepare();
      const before: unknown[] = await circle.dataSource.query('SELECT * FROM friendships');
      circle.heard();
      const answer = await byEmail(ann, email);
      expect(seen(answer)).toEqual(ok({ ok: true }, 202));
      expect(await circle.dataSource.query('SELECT * FROM friendships')).toEqual(before);
      expect(before).toHaveLength(count);
      expect(circle.heard()).toEqual([]);
      const other = await byEmail(ann, 'somebody.else@example.com');
      const kept = (headers: Headers) =>
        [...headers].filter(([name]) => !['date', 'x-request-id', 'x-server-time'].includes(name));
      expect(kept(answer.headers)).toEqual(kept(other.headers));
    });

    it('by e-mail sends the database the same statements, whatever it finds', async () => {
      const transactions = circle.app.get(Transactions);
      const run = transactions.run.bind(transactions);
      const statements = async (email: string): Promise<unknown[]> => {
        let sent: unknown[] = [];
        jest.spyOn(transactions, 'run').mockImplementationOnce(async (work) =>
          run(async (transaction) => {
            const query = jest.spyOn(transaction.manager, 'query');
            const result = await work(transaction);
            sent = query.mock.calls.map(([text]) => text);
            return result;
          }),
        );
        await circle.app.get(Friendships).requestByEmail(ann.id, email, 1_772_000_000);
        return sent;
      };
      const found = await statements('bob@example.com');
      expect(found).toContainEqual(expect.stringContaining('INSERT INTO friendships'));
      expect(await statements('bob@example.com')).toEqual(found);
      expect(await statements('nobody@example.com')).toEqual(found);
      expect(await statements('ann@example.com')).toEqual(found);
    });

    it.each([
      [{}, 'email'],
      [{ email: null }, 'email'],
      [{ friend_code: null }, 'friend_code'],
      [{ email: 'a@b', friend_code: 'x' }, 'email'],
      [{ email: null, friend_code: 'x' }, 'email'],
      [{ email: 'a@b', friend_code: null }, 'email'],
      [{ email: 'no address' }, 'email'],
      [{ email: 'a@b@c' }, 'email'],
      [{ email: 5 }, 'email'],
      [{ friend_code: '' }, 'friend_code'],
      [{ friend_code: '   ' }, 'friend_code'],
      [{ friend_code: 5 }, 'friend_code'],
      [{ friend_code: 'a\0b' }, 'friend_code'],
    ])('with %j is a validation error', async (body, field) => {
      const answer = await ann.call('POST', '/v1/friends/requests', body);
      expect(answer.status).toBe(422);
      const { detail } = answer.body as { detail: { loc: string[] }[] };
      expect(detail.map(({ loc }) => loc)).toContainEqual(['body', field]);
    });

    it('with both keys says so in the words of pydantic', async () => {
      const answer = await ann.call('POST', '/v1/friends/requests', { email: 'a@b', friend_code: 'x' });
      const msg = 'Value error, exactly one of email and friend_code is wanted';
      const problem = { type: 'value_error', loc: ['body', 'email'], msg, input: 'a@b', ctx: { error: {} } };
      expect(seen(answer)).toEqual(ok({ detail: [problem] }, 422));
    });

    it('twenty times a minute is enough', async () => {
      const limited = await startAnother({ env: { RATE_LIMIT_ENABLED: 'true' } });
      const dan = await limited.signUp('Dan');
      const answers: Answer[] = [];
      for (let count = 0; count < 21; count += 1) answers.push(await byEmail(dan, 'nobody@example.com'));
      expect(answers.map(({ status }) => status)).toEqual([...Array<number>(20).fill(202), 429]);
      expect(answers[0]?.headers.get('x-ratelimit-limit')).toBe('20');
      expect((await dan.call('GET', '/v1/friends')).status).toBe(200);
    });
  });

  describe('a request by e-mail, as its sender sees it', () => {
    const sent = async (person: Person) => (await person.call('GET', '/v1/friends/requests/sent')).body as Row[];
    type Row = Record<string, unknown> & { id: string };

    /** What a sender can do and see, one after the other, once the address was asked. */
    async function story(email: string): Promise<unknown[]> {
      const told: unknown[] = [];
      const tell = async (call: Promise<Answer>) => {
        const { status, body } = await call;
        const { message, error_type: type } = body as Record<string, unknown>;
        told.push([status, message, type]);
      };
      await tell(byEmail(ann, email));
      await tell(byEmail(ann, email.toUpperCase()));
      const [request] = await sent(ann);
      told.push({ ...request, id: anId, addressee_email: 'x' }, (await sent(ann)).length);
      const at = `/v1/friends/requests/${request?.id ?? ''}`;
      for (const person of [ann, cat]) {
        await tell(person.call('POST', `${at}/accept`));
        await tell(person.call('POST', `${at}/reject`));
        await tell(person.call('DELETE', `/v1/friends/${request?.id ?? ''}`));
      }
      await tell(cat.call('DELETE', at));
      await tell(ann.call('DELETE', at));
      await tell(ann.call('DELETE', at));
      told.push(await sent(ann));
      return told;
    }

    it('tells an address with an account from one without in nothing', async () => {
      const known = await story('bob@example.com');
      expect(known[2]).toEqual({
        id: anId,
        requester_id: ann.id,
        addressee_id: null,
        addressee_email: 'x',
        requester_display_name: 'Ann',
        requester_avatar_url: null,
        created_at: NOON,
      });
      expect(await story('nobody@example.com')).toEqual(known);
      expect(await relations()).toEqual([]);
    });

    it('stands until it is accepted, and is asked again after it was rejected', async () => {
      await byEmail(ann, 'bob@example.com');
      const [request] = await sent(ann);
      const at = `/v1/friends/requests/${request?.id ?? ''}`;
      expect((await bob.call('POST', `${at}/reject`)).status).toBe(200);
      expect(await sent(ann)).toEqual([request]);
      expect((await bob.call('GET', '/v1/friends/requests/received')).body).toEqual([]);
      await byEmail(ann, 'bob@example.com');
      expect(await sent(ann)).toEqual([request]);
      expect((await bob.call('POST', `${at}/accept`)).status).toBe(200);
      expect(await sent(ann)).toEqual([]);
      expect((await ann.call('GET', '/v1/friends/ids')).body).toEqual([bob.id]);
    });

    it.each([
      ['asks them by code', () => byCode(ann, bob), 201],
      ['blocks them', () => ann.call('POST', `/v1/friends/block/${bob.id}`), 200],
      ['is blocked by them', () => bob.call('POST', `/v1/friends/block/${ann.id}`), 200],
    ])('says nothing of who has the address when its sender %s', async (_, act, status) => {
      await byEmail(ann, 'bob@example.com');
      const [request] = await sent(ann);
      const done = await act();
      expect(done.status).toBe(status);
      expect((done.body as Row).id).not.toBe(request?.id);
      expect(await sent(ann)).toContainEqual(request);
      expect((await ann.call('DELETE', `/v1/friends/requests/${request?.id ?? ''}`)).status).toBe(200);
      expect(await relations()).toHaveLength(1);
    });

    it('is in one’s export by its address alone', async () => {
      await byEmail(ann, 'bob@example.com');
      const { body } = await ann.call('GET', '/v1/users/me/export');
      expect(body).toMatchObject({
        friendships: [],
        friend_requests_by_email: [{ id: anId, email: 'bob@example.com', created_at: NOON }],
      });
      expect(JSON.stringify(body)).not.toContain(bob.id);
    });

    it('is the last of a thousand that wait, whoever has the addresses', async () => {
      await circle.dataSource.query(
        `INSERT INTO requests_by_email (id, requester_id, email, created_at)
         SELECT gen_random_uuid(), $1, i || '@example.com', now() FROM generate_series(1, 1000) i`,
        [ann.id],
      );
      for (const email of ['bob@example.com', 'nobody@example.com']) {
        const { status, body } = await byEmail(ann, email);
        expect([status, body]).toEqual([400, expect.objectContaining({ error_type: 'LimitReachedError' })]);
      }
      expect((await byEmail(ann, '7@example.com')).status).toBe(202);
    });
  });

  describe('whom an e-mail means', () => {
    const addUser = (row: Record<string, unknown>) =>
      circle.dataSource.query(
        `INSERT INTO users (id, email, verified_email, oidc_issuer, oidc_subject, email_proven_at, created_at)
         VALUES ($1, $2, $3, $4, $1, $5, $6)`,
        [row['id'], row['email'], row['verified'], row['verified'] === undefined ? null : 'iss', row['proven'], NOON],
      );
    const asked = async () => (await relations()).map(({ addressee_id: id }) => id);

    it('is the one with the verified address among several', async () => {
      const [own, outside] = [uuidv7(), `sub-${uuidv7()}`];
      await addUser({ id: own, email: 'two@example.com' });
      await addUser({ id: outside, verified: 'two@example.com' });
      await byEmail(ann, 'two@example.com');
      expect(await asked()).toEqual([outside]);
    });

    it('is not an address that nobody proved where mail can be sent', async () => {
      const mailing = await startAnother({
        connection: circle.connection,
        env: { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'm@example.com' },
      });
      const [unproven, proven] = [uuidv7(), uuidv7()];
      await addUser({ id: unproven, email: 'unproven@example.com' });
      await addUser({ id: proven, email: 'proven@example.com', proven: NOON });
      const friendships = mailing.app.get(Friendships);
      await friendships.requestByEmail(ann.id, 'unproven@example.com', 1);
      await friendships.requestByEmail(ann.id, 'proven@example.com', 1);
      expect(await asked()).toEqual([proven]);
    });
  });

  describe('answering', () => {
    it('accepting makes friends and tells both', async () => {
      const id = await askByCode(ann, bob);
      const later = atSecond(circle, 60);
      const friendship = { id, requester_id: ann.id, addressee_id: bob.id, status: 'accepted', blocked_by: null };
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/accept`))).toEqual(
        ok({ ...friendship, created_at: NOON, updated_at: later }),
      );
      expect(circle.heard()).toEqual(changed(ann, bob, 'accepted'));
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/accept`))).toEqual(ROW.notPending);
      expect(circle.heard()).toEqual([]);
    });

    it('rejecting deletes it, so that it can be sent again', async () => {
      const id = await askByCode(ann, bob);
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/reject`))).toEqual(
        ok({ ok: true, message: 'Friend request rejected' }),
      );
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/reject`))).toEqual(ROW.notFound);
      expect(await askByCode(ann, bob)).not.toBe(id);
    });

    it('cancelling takes it back', async () => {
      const id = await askByCode(ann, bob);
      expect(seen(await ann.call('DELETE', `/v1/friends/requests/${id}`))).toEqual(
        ok({ ok: true, message: 'Friend request cancelled' }),
      );
      expect(seen(await ann.call('DELETE', `/v1/friends/requests/${id}`))).toEqual(ROW.notFound);
      expect(await relations()).toEqual([]);
      expect(circle.heard()).toEqual([]);
    });

    it.each([
      ['accept', 'POST', '/accept', () => ann],
      ['accept', 'POST', '/accept', () => cat],
      ['reject', 'POST', '/reject', () => ann],
      ['reject', 'POST', '/reject', () => cat],
      ['cancel', 'DELETE', '', () => bob],
      ['cancel', 'DELETE', '', () => cat],
    ])('%s is not for everybody', async (_, method, suffix, who) => {
      const id = await askByCode(ann, bob);
      expect(seen(await who().call(method, `/v1/friends/requests/${id}${suffix}`))).toEqual(ROW.notRecipient);
      expect(await relations()).toHaveLength(1);
    });

    it.each([
      ['accept', 'POST', '/accept', () => bob],
      ['reject', 'POST', '/reject', () => bob],
      ['cancel', 'DELETE', '', () => ann],
    ])('%s is for pending requests', async (_, method, suffix, who) => {
      const id = await befriend(ann, bob);
      expect(seen(await who().call(method, `/v1/friends/requests/${id}${suffix}`))).toEqual(ROW.notPending);
      expect(seen(await who().call(method, `/v1/friends/requests/${uuidv7()}${suffix}`))).toEqual(ROW.notFound);
      expect((await who().call(method, `/v1/friends/requests/5${suffix}`)).status).toBe(422);
      await bob.call('POST', `/v1/friends/block/${ann.id}`);
      expect(seen(await who().call(method, `/v1/friends/requests/${id}${suffix}`))).toEqual(ROW.notPending);
    });
  });

  describe('removing', () => {
    it.each([
      ['the requester', () => ann],
      ['the addressee', () => bob],
    ])('by %s leaves nothing', async (_, who) => {
      const id = await befriend(ann, bob);
      circle.heard();
      expect(seen(await who().call('DELETE', `/v1/friends/${id}`))).toEqual(
        ok({ ok: true, message: 'Friend removed' }),
      );
      expect(await relations()).toEqual([]);
      expect(circle.heard()).toEqual(changed(ann, bob, 'none'));
      expect(seen(await who().call('DELETE', `/v1/friends/${id}`))).toEqual(ROW.notFound);
    });

    it('is for those two only, and for friends', async () => {
      const id = await befriend(ann, bob);
      expect(seen(await cat.call('DELETE', `/v1/friends/${id}`))).toEqual(ROW.notFriends);
      const pending = await askByCode(ann, cat);
      expect(seen(await ann.call('DELETE', `/v1/friends/${pending}`))).toEqual(ROW.notFound);
      expect((await ann.call('DELETE', '/v1/friends/x')).status).toBe(422);
      expect(await relations()).toHaveLength(2);
    });

    it('does not lift a block', async () => {
      const id = await befriend(ann, bob);
      await ann.call('POST', `/v1/friends/block/${bob.id}`);
      expect(seen(await bob.call('DELETE', `/v1/friends/${id}`))).toEqual(ROW.notFound);
      expect(seen(await byCode(bob, ann))).toEqual(ROW.blocked);
    });
  });

  describe('blocking', () => {
    const block = (who: Person, id: string) => who.call('POST', `/v1/friends/block/${encodeURIComponent(id)}`);
    const unblock = (who: Person, id: string) => who.call('DELETE', `/v1/friends/block/${encodeURIComponent(id)}`);
    const blocked = (by: Person, others: object) =>
      ok({ id: anId, status: 'blocked', blocked_by: by.id, created_at: NOON, updated_at: NOON, ...others });
    const unblocked = ok({ ok: true, message: 'User unblocked' });

    it('a stranger', async () => {
      const first = await block(ann, bob.id);
      expect(seen(first)).toEqual(blocked(ann, { requester_id: ann.id, addressee_id: bob.id }));
      expect(circle.heard()).toEqual(changed(ann, bob, 'blocked'));
      atSecond(circle, 60);
      expect(seen(await block(ann, bob.id))).toEqual(seen(first));
      expect(circle.heard()).toEqual([]);
    });

    it('a friend replaces the friendship', async () => {
      await befriend(ann, bob);
      circle.heard();
      const later = atSecond(circle, 60);
      const people = { requester_id: ann.id, addressee_id: bob.id, updated_at: later };
      expect(seen(await block(bob, ann.id))).toEqual(blocked(bob, people));
      expect(circle.heard()).toEqual(changed(bob, ann, 'blocked'));
      expect((await ann.call('GET', '/v1/friends')).body).toEqual([]);
      expect(seen(await unblock(bob, ann.id))).toEqual(unblocked);
      expect((await ann.call('GET', '/v1/friends')).body).toEqual([]);
      expect(await relations()).toEqual([]);
    });

    it('somebody who asks replaces the request', async () => {
      await askByCode(bob, ann);
      await block(ann, bob.id);
      expect((await ann.call('GET', '/v1/friends/requests/received')).body).toEqual([]);
      expect((await bob.call('GET', '/v1/friends/requests/sent')).body).toEqual([]);
    });

    it('back is kept beneath and outlives the other block', async () => {
      await block(ann, bob.id);
      circle.heard();
      expect(seen(await block(bob, ann.id))).toEqual(blocked(bob, { requester_id: ann.id, addressee_id: bob.id }));
      expect(await relations()).toHaveLength(1);
      expect(seen(await unblock(ann, bob.id))).toEqual(unblocked);
      expect(circle.heard()).toEqual([]);
      expect(seen(await byCode(ann, bob))).toEqual(ROW.blocked);
      expect(seen(await unblock(ann, bob.id))).toEqual(ROW.blocked);
      expect(seen(await unblock(bob, ann.id))).toEqual(unblocked);
      expect(circle.heard()).toEqual(changed(bob, ann, 'none'));
      expect(await relations()).toEqual([]);
      await askByCode(ann, bob);
    });

    it('is taken back by who set it', async () => {
      expect(seen(await unblock(ann, bob.id))).toEqual(ROW.notFound);
      await block(ann, bob.id);
      expect(seen(await unblock(bob, ann.id))).toEqual(ROW.blocked);
      expect(seen(await byCode(bob, ann))).toEqual(ROW.blocked);
      expect(seen(await unblock(ann, bob.id))).toEqual(unblocked);
      expect(seen(await unblock(ann, bob.id))).toEqual(ROW.notFound);
    });

    it('does not lift a pending request or a friendship when there is no block', async () => {
      await befriend(ann, bob);
      expect(seen(await unblock(ann, bob.id))).toEqual(ROW.notFound);
      expect(await relations()).toHaveLength(1);
    });

    it('oneself is refused', async () => {
      expect(seen(await block(ann, ann.id))).toEqual(ROW.self);
      expect(await relations()).toEqual([]);
    });

    it.each([['nobody at all'], ['김/../%00'], ['x'.repeat(255)], ['😀'.repeat(255)]])(
      'the id %j, which nobody has, is kept and harmless',
      async (id) => {
        expect(seen(await block(ann, id))).toEqual(blocked(ann, { requester_id: ann.id, addressee_id: id }));
        expect((await ann.call('GET', '/v1/friends')).body).toEqual([]);
        expect(seen(await unblock(ann, id))).toEqual(unblocked);
        expect(await relations()).toEqual([]);
      },
    );

    it.each([['x'.repeat(256)], ['a\0b']])('the id %j is a validation error', async (id) => {
      for (const call of [block, unblock]) {
        const answer = await call(ann, id);
        expect(answer.status).toBe(422);
        expect(answer.body).toMatchObject({ detail: [{ loc: ['path', 'user_id'] }] });
      }
      expect((await ann.call('GET', `/v1/friends/check/${encodeURIComponent(id)}`)).status).toBe(422);
    });
  });

  describe('lists', () => {
    const since = async (seconds: number, friend: Person) => {
      atSecond(circle, 0);
      const id = await askByCode(friend, ann);
      const at = atSecond(circle, seconds);
      await ann.call('POST', `/v1/friends/requests/${id}/accept`);
      return { user_id: friend.id, friendship_id: id, display_name: null, avatar_url: null, since: at };
    };

    it('of friends: accepted ones, the oldest friendship first', async () => {
      await circle.dataSource.query(
        `UPDATE users SET claims = '{"display_name": "Claimed", "avatar_url": "https://example.com/c.png"}'
         WHERE id IN ($1, $2)`,
        [cat.id, bob.id],
      );
      await circle.dataSource.query(`UPDATE users SET display_name = NULL WHERE id = $1`, [cat.id]);
      const later = { ...(await since(100, bob)), display_name: 'Bob', avatar_url: 'https://example.com/c.png' };
      const earlier = {
        ...(await since(50, cat)),
        display_name: 'Claimed',
        avatar_url: 'https://example.com/c.png',
      };
      expect(seen(await ann.call('GET', '/v1/friends'))).toEqual(ok([earlier, later]));
      expect(seen(await ann.call('GET', '/v1/friends/ids'))).toEqual(ok([cat.id, bob.id]));
      const mine = { user_id: ann.id, friendship_id: later.friendship_id, display_name: 'Ann', avatar_url: null };
      expect(seen(await bob.call('GET', '/v1/friends'))).toEqual(ok([{ ...mine, since: later.since }]));
      await circle.dataSource.query(`UPDATE users SET display_name = 'Cat', claims = NULL WHERE id = $1`, [cat.id]);
    });

    it.each(['/v1/friends', '/v1/friends/ids'])('%s in pages', async (path) => {
      await since(50, bob);
      await since(50, cat);
      const whole = await ann.call('GET', path);
      expect(whole.headers.get('link')).toBeNull();
      const first = await ann.call('GET', `${path}?limit=1&timezone=ignored`);
      const next = /<http:\/\/[^/]+(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
      const second = await ann.call('GET', next);
      expect(second.headers.get('link')).toBeNull();
      expect([first.body, second.body].flat()).toEqual(whole.body);
    });

    it.each([
      'limit=0',
      'limit=1001',
      'limit=x',
      'cursor=x',
      `cursor=${btoa('["a","b"]')}`,
      `cursor=${btoa('[1,"b"]')}`,
      `cursor=${btoa(`["a","${uuidv7()}"]`)}`,
    ])('with %s are a validation error', async (query) => {
      for (const path of ['', '/ids', '/requests/received', '/requests/sent']) {
        expect((await ann.call('GET', `/v1/friends${path}?${query}`)).status).toBe(422);
      }
    });

    it('whether somebody is a friend', async () => {
      await befriend(ann, bob);
      await askByCode(ann, cat);
      const check = async (who: Person, id: string) => seen(await who.call('GET', `/v1/friends/check/${id}`));
      expect(await check(ann, bob.id)).toEqual(ok(true));
      expect(await check(bob, ann.id)).toEqual(ok(true));
      expect(await check(ann, cat.id)).toEqual(ok(false));
      expect(await check(ann, ann.id)).toEqual(ok(false));
      expect(await check(ann, 'nobody')).toEqual(ok(false));
      await ann.call('POST', `/v1/friends/block/${bob.id}`);
      expect(await check(bob, ann.id)).toEqual(ok(false));
    });

    it('of requests: pending ones, newest first', async () => {
      const first = await askByCode(bob, ann);
      const later = atSecond(circle, 60);
      const second = await askByCode(cat, ann);
      const request = (id: string, from: Person, name: string, createdAt: string) => ({
        id,
        requester_id: from.id,
        addressee_id: ann.id,
        addressee_email: null,
        requester_display_name: name,
        requester_avatar_url: null,
        created_at: createdAt,
      });
      await circle.dataSource.query(`UPDATE users SET claims = NULL`);
      const newest = request(second, cat, 'Cat', later);
      const oldest = request(first, bob, 'Bob', NOON);
      expect(seen(await ann.call('GET', '/v1/friends/requests/received'))).toEqual(ok([newest, oldest]));
      expect(seen(await cat.call('GET', '/v1/friends/requests/sent'))).toEqual(ok([newest]));
      expect(seen(await ann.call('GET', '/v1/friends/requests/sent'))).toEqual(ok([]));
      const page = await ann.call('GET', '/v1/friends/requests/received?limit=1');
      expect(page.body).toEqual([newest]);
      const next = /<http:\/\/[^/]+(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
      expect((await ann.call('GET', next)).body).toEqual([oldest]);
      await ann.call('POST', `/v1/friends/requests/${first}/accept`);
      expect((await ann.call('GET', '/v1/friends/requests/received')).body).toEqual([newest]);
      expect((await bob.call('GET', '/v1/friends/requests/sent')).body).toEqual([]);
    });
  });

  it.each([
    ['GET', ''],
    ['GET', '/ids'],
    ['GET', '/check/x'],
    ['GET', '/requests/received'],
    ['GET', '/requests/sent'],
    ['POST', '/requests'],
    ['POST', `/requests/${uuidv7()}/accept`],
    ['POST', `/requests/${uuidv7()}/reject`],
    ['DELETE', `/requests/${uuidv7()}`],
    ['DELETE', `/${uuidv7()}`],
    ['POST', '/block/x'],
    ['DELETE', '/block/x'],
  ])('%s /v1/friends%s is for those who are signed in', async (method, path) => {
    const answer = await send(circle.url, method, `/v1/friends${path}`);
    expect(seen(answer)).toEqual(ok({ detail: 'Authorization header missing' }, 401));
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  describe('at once', () => {
    const ROUNDS = Array.from({ length: 15 }, (_, round) => round);
    const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
    const invariant = async () => {
      const wrong: unknown[] = await circle.dataSource.query(
        `SELECT f.status, b.* FROM friendships f FULL JOIN blocks b
           ON least(f.requester_id, f.addressee_id) = least(b.blocker_id, b.blocked_id)
           AND greatest(f.requester_id, f.addressee_id) = greatest(b.blocker_id, b.blocked_id)
         WHERE (f.status IS DISTINCT FROM 'blocked') <> (b.blocker_id IS NULL)
            OR (f.status = 'accepted') <> (f.accepted_at IS NOT NULL)`,
      );
      expect(wrong).toEqual([]);
    };

    it.each(ROUNDS)('two requests that cross are one (%i)', async () => {
      const answers = await Promise.all([byCode(ann, bob), byCode(bob, ann), byCode(ann, bob), byCode(bob, ann)]);
      expect(statuses(answers).sort()).toEqual([201, 409, 409, 409]);
      expect(await relations()).toHaveLength(1);
    });

    it.each(ROUNDS)('two by e-mail that cross are one, and nobody sees a difference (%i)', async () => {
      const answers = await Promise.all([byEmail(ann, bob.email), byEmail(bob, ann.email), byEmail(ann, bob.email)]);
      expect(statuses(answers)).toEqual([202, 202, 202]);
      expect(await relations()).toHaveLength(1);
    });

    it.each(ROUNDS)('an acceptance and a block end in the block (%i)', async (round) => {
      const id = await askByCode(ann, bob);
      const accept = () => bob.call('POST', `/v1/friends/requests/${id}/accept`);
      const block = () => ann.call('POST', `/v1/friends/block/${bob.id}`);
      const answers = await Promise.all(round % 2 === 0 ? [accept(), block()] : [block(), accept()]);
      expect(statuses(answers).filter((status) => status !== 200 && status !== 400)).toEqual([]);
      expect((await relations()).map(({ status }) => status)).toEqual(['blocked']);
      await invariant();
    });

    it.each(ROUNDS)('a request, blocks both ways and their end leave no half (%i)', async () => {
      const block = (who: Person, id: string) => who.call('POST', `/v1/friends/block/${id}`);
      const unblock = (who: Person, id: string) => who.call('DELETE', `/v1/friends/block/${id}`);
      const answers = await Promise.all([
        byCode(ann, bob),
        block(ann, bob.id),
        block(bob, ann.id),
        unblock(ann, bob.id),
        byEmail(bob, ann.email),
        unblock(bob, ann.id),
      ]);
      expect(statuses(answers).filter((status) => status >= 500)).toEqual([]);
      await invariant();
    });

    it.each(ROUNDS)('removing, blocking and asking again leave no half (%i)', async () => {
      const id = await befriend(ann, bob);
      const answers = await Promise.all([
        ann.call('DELETE', `/v1/friends/${id}`),
        bob.call('POST', `/v1/friends/block/${ann.id}`),
        bob.call('DELETE', `/v1/friends/${id}`),
        byCode(ann, bob),
      ]);
      expect(statuses(answers).filter((status) => status >= 500)).toEqual([]);
      await invariant();
    });
  });

  describe('what the rest of the house asks', () => {
    const hearing = (who: Person) => circle.app.get(Audience).friendsHearingOf(who.id);

    it('who hears of a person', async () => {
      await befriend(ann, bob);
      await befriend(cat, ann);
      await circle.dataSource.query(`UPDATE users SET activity_sharing = 'no_title' WHERE id = $1`, [ann.id]);
      expect(await hearing(ann)).toEqual({
        friendIds: [bob.id, cat.id].sort(),
        displayName: 'Ann',
        sharing: 'no_title',
      });
      expect(await hearing(bob)).toEqual({ friendIds: [ann.id], displayName: 'Bob', sharing: 'full' });
      await cat.call('POST', `/v1/friends/block/${ann.id}`);
      expect((await hearing(ann)).friendIds).toEqual([bob.id]);
      expect(await circle.app.get(Audience).friendsHearingOf('nobody')).toEqual({
        friendIds: [],
        displayName: null,
        sharing: 'off',
      });
    });

    it('nobody hears across a block even beside a friendship', async () => {
      await befriend(ann, bob);
      await circle.dataSource.query(`INSERT INTO blocks VALUES ($1, $2, now())`, [bob.id, ann.id]);
      expect((await hearing(ann)).friendIds).toEqual([]);
      expect((await hearing(bob)).friendIds).toEqual([]);
    });

    it('what a person takes along: not who blocked them', async () => {
      const accepted = await befriend(ann, bob);
      await ann.call('POST', '/v1/friends/block/stranger');
      await cat.call('POST', `/v1/friends/block/${ann.id}`);
      const exported = await circle.app.get(Friendships).exportOf(ann.id);
      const at = Date.parse(NOON) / 1_000;
      expect(exported).toEqual([
        {
          id: accepted,
          requesterId: ann.id,
          addresseeId: bob.id,
          status: 'accepted',
          blockedBy: null,
          createdAt: at,
          updatedAt: at,
        },
        {
          id: anId,
          requesterId: ann.id,
          addresseeId: 'stranger',
          status: 'blocked',
          blockedBy: ann.id,
          createdAt: at,
          updatedAt: at,
        },
      ]);
    });

    it('forgetting a person', async () => {
      await befriend(ann, bob);
      await askByCode(cat, ann);
      await bob.call('POST', `/v1/friends/block/${cat.id}`);
      await ann.call('POST', '/v1/friends/block/stranger');
      await circle.dataSource.query(`INSERT INTO blocks VALUES ('stranger', $1, now())`, [ann.id]);
      await circle.app
        .get(Transactions)
        .run((transaction) => circle.app.get(Friendships).forgetUser(transaction, ann.id));
      expect((await relations()).map(({ requester_id: a, addressee_id: b }) => [a, b])).toEqual([[bob.id, cat.id]]);
      expect(await circle.dataSource.query('SELECT blocker_id, blocked_id FROM blocks')).toEqual([
        { blocker_id: bob.id, blocked_id: cat.id },
      ]);
    });

    it('friends of friends are no friends', async () => {
      await befriend(ann, bob);
      await befriend(bob, cat);
      expect(await circle.app.get(FriendLists).areFriends(ann.id, cat.id)).toBe(false);
    });
  });
});
