import { v7 as uuidv7 } from 'uuid';

import {
  askByCode,
  atSecond,
  befriend,
  type Circle,
  NOON,
  ok,
  type Person,
  seen,
  startCircle,
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
});
