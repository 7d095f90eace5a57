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
  callJson,
  type Circle,
  NOON,
  ok,
  type Person,
  seen,
  startCircle,
  FRIEND_FAILURES,
} from '../support/people.js';

describe('friends', () => {
  let circle: Circle;
  let ann: Person;
  let bob: Person;
  let cat: Person;
  const others: Circle[] = [];

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

  describe('answering', () => {
    it('accepting makes friends and tells both', async () => {
      const id = await askByCode(ann, bob);
      const later = atSecond(circle, 60);
      const friendship = { id, requester_id: ann.id, addressee_id: bob.id, status: 'accepted', blocked_by: null };
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/accept`))).toEqual(
        ok({ ...friendship, created_at: NOON, updated_at: later }),
      );
      expect(circle.heard()).toEqual(changed(ann, bob, 'accepted'));
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/accept`))).toEqual(FRIEND_FAILURES.notPending);
      expect(circle.heard()).toEqual([]);
    });

    it('rejecting deletes it, so that it can be sent again', async () => {
      const id = await askByCode(ann, bob);
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/reject`))).toEqual(
        ok({ ok: true, message: 'Friend request rejected' }),
      );
      expect(seen(await bob.call('POST', `/v1/friends/requests/${id}/reject`))).toEqual(FRIEND_FAILURES.notFound);
      expect(await askByCode(ann, bob)).not.toBe(id);
    });

    it('cancelling takes it back', async () => {
      const id = await askByCode(ann, bob);
      expect(seen(await ann.call('DELETE', `/v1/friends/requests/${id}`))).toEqual(
        ok({ ok: true, message: 'Friend request cancelled' }),
      );
      expect(seen(await ann.call('DELETE', `/v1/friends/requests/${id}`))).toEqual(FRIEND_FAILURES.notFound);
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
      expect(seen(await who().call(method, `/v1/friends/requests/${id}${suffix}`))).toEqual(
        FRIEND_FAILURES.notRecipient,
      );
      expect(await relations()).toHaveLength(1);
    });

    it.each([
      ['accept', 'POST', '/accept', () => bob],
      ['reject', 'POST', '/reject', () => bob],
      ['cancel', 'DELETE', '', () => ann],
    ])('%s is for pending requests', async (_, method, suffix, who) => {
      const id = await befriend(ann, bob);
      expect(seen(await who().call(method, `/v1/friends/requests/${id}${suffix}`))).toEqual(FRIEND_FAILURES.notPending);
      expect(seen(await who().call(method, `/v1/friends/requests/${uuidv7()}${suffix}`))).toEqual(
        FRIEND_FAILURES.notFound,
      );
      expect((await who().call(method, `/v1/friends/requests/5${suffix}`)).status).toBe(422);
      await bob.call('POST', `/v1/friends/block/${ann.id}`);
      expect(seen(await who().call(method, `/v1/friends/requests/${id}${suffix}`))).toEqual(FRIEND_FAILURES.notPending);
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
      expect(seen(await who().call('DELETE', `/v1/friends/${id}`))).toEqual(FRIEND_FAILURES.notFound);
    });

    it('is for those two only, and for friends', async () => {
      const id = await befriend(ann, bob);
      expect(seen(await cat.call('DELETE', `/v1/friends/${id}`))).toEqual(FRIEND_FAILURES.notFriends);
      const pending = await askByCode(ann, cat);
      expect(seen(await ann.call('DELETE', `/v1/friends/${pending}`))).toEqual(FRIEND_FAILURES.notFound);
      expect((await ann.call('DELETE', '/v1/friends/x')).status).toBe(422);
      expect(await relations()).toHaveLength(2);
    });

    it('does not lift a block', async () => {
      const id = await befriend(ann, bob);
      await ann.call('POST', `/v1/friends/block/${bob.id}`);
      expect(seen(await bob.call('DELETE', `/v1/friends/${id}`))).toEqual(FRIEND_FAILURES.notFound);
      expect(seen(await byCode(bob, ann))).toEqual(FRIEND_FAILURES.blocked);
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
      expect(seen(await byCode(ann, bob))).toEqual(FRIEND_FAILURES.blocked);
      expect(seen(await unblock(ann, bob.id))).toEqual(FRIEND_FAILURES.blocked);
      expect(seen(await unblock(bob, ann.id))).toEqual(unblocked);
      expect(circle.heard()).toEqual(changed(bob, ann, 'none'));
      expect(await relations()).toEqual([]);
      await askByCode(ann, bob);
    });

    it('is taken back by who set it', async () => {
      expect(seen(await unblock(ann, bob.id))).toEqual(FRIEND_FAILURES.notFound);
      await block(ann, bob.id);
      expect(seen(await unblock(bob, ann.id))).toEqual(FRIEND_FAILURES.blocked);
      expect(seen(await byCode(bob, ann))).toEqual(FRIEND_FAILURES.blocked);
      expect(seen(await unblock(ann, bob.id))).toEqual(unblocked);
      expect(seen(await unblock(ann, bob.id))).toEqual(FRIEND_FAILURES.notFound);
    });

    it('does not lift a pending request or a friendship when there is no block', async () => {
      await befriend(ann, bob);
      expect(seen(await unblock(ann, bob.id))).toEqual(FRIEND_FAILURES.notFound);
      expect(await relations()).toHaveLength(1);
    });

    it('oneself is refused', async () => {
      expect(seen(await block(ann, ann.id))).toEqual(FRIEND_FAILURES.self);
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
    const answer = await callJson(circle.url, method, `/v1/friends${path}`);
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
