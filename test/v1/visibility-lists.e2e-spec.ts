import { randomUUID } from 'node:crypto';

import { Friendships } from '../../src/access/friendships.js';
import { Visibility, VISIBILITY_LEVELS } from '../../src/access/visibility.js';
import { Transactions } from '../../src/database/transactions.js';
import {
  addItem,
  anId,
  type Answer,
  atSecond,
  befriend,
  callJson,
  type Circle,
  NOON,
  ok,
  type Person,
  seen,
  startCircle,
  VISIBILITY_FAILURES,
} from '../support/people.js';

const NO_LISTS = { allowed_user_ids: [], allowed_emails: [], allowed_domains: [] };

describe('visibility', () => {
  let circle: Circle;
  let visibility: Visibility;
  let ann: Person;
  let bob: Person;
  let cat: Person;

  beforeAll(async () => {
    circle = await startCircle();
    visibility = circle.app.get(Visibility);
    ann = await circle.signUp('Ann');
    bob = await circle.signUp('Bob');
    cat = await circle.signUp('Cat');
  });
  afterAll(() => circle.close());
  beforeEach(async () => {
    await circle.dataSource.query('TRUNCATE friendships, blocks, visibility_settings');
    await circle.dataSource.query('UPDATE users SET email_proven_at = NULL, verified_email = NULL');
    atSecond(circle, 0);
    circle.heard();
    circle.told.length = 0;
  });

  const path = (type: string, id: string) => `/v1/visibility/${type}/${id}`;
  const set = (who: Person, type: string, id: string, body: unknown) => who.call('PUT', path(type, id), body);
  const setting = (type: string, id: string, rest: object) => ({
    id: anId,
    resource_type: type,
    resource_id: id,
    owner_id: ann.id,
    ...NO_LISTS,
    created_at: NOON,
    updated_at: NOON,
    ...rest,
  });

  describe('lists', () => {
    it.each(VISIBILITY_LEVELS)('that %s does not read are emptied', async (level) => {
      const id = await addItem(circle, 'todo', ann);
      await befriend(ann, bob);
      const lists = {
        allowed_user_ids: level === 'selected' ? [bob.id] : ['a stranger'],
        allowed_emails: [' One@Example.com', 'one@example.COM', 'two@example.com'],
        allowed_domains: ['Example.ORG', 'example.org '],
      };
      const kept = {
        ...NO_LISTS,
        ...(level === 'selected' ? { allowed_user_ids: [bob.id] } : {}),
        ...(level === 'allowed_emails'
          ? { allowed_emails: ['one@example.com', 'two@example.com'], allowed_domains: ['example.org'] }
          : {}),
      };
      expect(seen(await set(ann, 'todo', id, { level, ...lists }))).toEqual(
        ok(setting('todo', id, { level, ...kept })),
      );
    });

    it('may be empty, null or absent', async () => {
      const id = await addItem(circle, 'todo', ann);
      const nulls = { allowed_user_ids: null, allowed_emails: null, allowed_domains: null };
      for (const lists of [{}, NO_LISTS, nulls]) {
        for (const level of ['selected', 'allowed_emails']) {
          expect(seen(await set(ann, 'todo', id, { level, ...lists }))).toEqual(ok(setting('todo', id, { level })));
        }
      }
    });

    it.each([
      ['a stranger', () => cat.id],
      ['oneself', () => ann.id],
      ['nobody', () => 'nobody'],
      [
        'somebody asked',
        async () => {
          await ann.call('POST', '/v1/friends/requests', { friend_code: cat.code });
          return cat.id;
        },
      ],
      [
        'somebody blocked',
        async () => {
          await befriend(ann, cat);
          await ann.call('POST', `/v1/friends/block/${cat.id}`);
          return cat.id;
        },
      ],
    ])('of selected friends do not take %s', async (_, whom) => {
      const id = await addItem(circle, 'todo', ann);
      await befriend(bob, ann);
      const stranger = await whom();
      await set(ann, 'todo', id, { level: 'friends' });
      circle.heard();
      const body = { level: 'selected', allowed_user_ids: [bob.id, stranger] };
      expect(seen(await set(ann, 'todo', id, body))).toEqual(VISIBILITY_FAILURES.nonFriend);
      expect((await ann.call('GET', path('todo', id))).body).toMatchObject({ level: 'friends' });
      expect(circle.heard()).toEqual([]);
    });

    it.each([
      ['removing', (id: string) => ann.call('DELETE', `/v1/friends/${id}`)],
      ['being removed', (id: string) => bob.call('DELETE', `/v1/friends/${id}`)],
      ['blocking', () => ann.call('POST', `/v1/friends/block/${bob.id}`)],
      ['being blocked', () => bob.call('POST', `/v1/friends/block/${ann.id}`)],
      ['forgetting', () => forget(bob)],
    ])('lose a friend by %s, and not the others', async (how, end) => {
      const [mine, theirs] = [await addItem(circle, 'todo', ann), await addItem(circle, 'schedule', bob)];
      const friendship = await befriend(ann, bob);
      await befriend(ann, cat);
      await befriend(cat, bob);
      await set(ann, 'todo', mine, { level: 'selected', allowed_user_ids: [bob.id, cat.id] });
      await set(bob, 'schedule', theirs, { level: 'selected', allowed_user_ids: [ann.id, cat.id] });
      atSecond(circle, 60);
      await end(friendship);
      expect((await ann.call('GET', path('todo', mine))).body).toMatchObject({ allowed_user_ids: [cat.id] });
      const left = how === 'forgetting' ? [ann.id, cat.id] : [cat.id];
      expect((await bob.call('GET', path('schedule', theirs))).body).toMatchObject({ allowed_user_ids: left });
      if (how.includes('block')) await bob.call('DELETE', `/v1/friends/block/${ann.id}`);
      if (how.includes('block')) await ann.call('DELETE', `/v1/friends/block/${bob.id}`);
      await befriend(bob, ann).catch(() => undefined);
      expect(await visibility.mayRead(bob.id, { type: 'todo', id: mine, ownerId: ann.id })).toBe(false);
    });

    const forget = (who: Person) =>
      circle.app.get(Transactions).run((transaction) => circle.app.get(Friendships).forgetUser(transaction, who.id));
  });

  describe('validation', () => {
    it.each([
      [{}, 'level', 'missing', 'Field required'],
      [{ level: null }, 'level', 'enum', undefined],
      [
        { level: 'everybody' },
        'level',
        'enum',
        `Input should be 'private', 'friends', 'selected', 'allowed_emails' or 'public'`,
      ],
      [{ level: 'selected', allowed_user_ids: 'x' }, 'allowed_user_ids', 'list_type', undefined],
      [{ level: 'selected', allowed_user_ids: Array(201).fill('x') }, 'allowed_user_ids', 'too_long', undefined],
      [{ level: 'allowed_emails', allowed_emails: 'a@b' }, 'allowed_emails', 'list_type', undefined],
      [{ level: 'allowed_emails', allowed_emails: Array(201).fill('a@b') }, 'allowed_emails', 'too_long', undefined],
    ])('%j', async (body, field, type, msg) => {
      const answer = await set(ann, 'todo', await addItem(circle, 'todo', ann), body);
      expect(answer.status).toBe(422);
      const { detail } = answer.body as { detail: { loc: string[]; type: string; msg: string }[] };
      expect(detail).toEqual([expect.objectContaining({ loc: ['body', field], type, ...(msg ? { msg } : {}) })]);
    });

    it.each([
      ['allowed_user_ids', [5, 'x'.repeat(256), 'a\0b', 'a\ud800']],
      ['allowed_emails', [5, null, 'no address', 'a@b@c', '', 'a\0@b']],
      ['allowed_domains', [5, null, 'a@b', '', ' ', 'two words', 'a\0b', 'x'.repeat(254)]],
    ])('each of %s that is wrong is named', async (field, values) => {
      const id = await addItem(circle, 'todo', ann);
      for (const value of values) {
        const answer = await set(ann, 'todo', id, {
          level: 'public',
          [field]: ['fine@example'.slice(field === 'allowed_domains' ? 5 : 0), value],
        });
        expect(answer.status).toBe(422);
        expect(answer.body).toMatchObject({ detail: [{ loc: ['body', field, 1] }] });
      }
      expect(seen(await ann.call('GET', path('todo', id)))).toEqual(VISIBILITY_FAILURES.notFound);
    });

    it.each(['GET', 'PUT', 'DELETE'])('%s of what is no resource', async (method) => {
      const body = method === 'PUT' ? { level: 'public' } : undefined;
      const wrongType = await ann.call(method, path('tag', randomUUID()), body);
      const msg = `Input should be 'schedule', 'timer' or 'todo'`;
      const ctx = { expected: `'schedule', 'timer' or 'todo'` };
      const problem = { type: 'enum', loc: ['path', 'resource_type'], msg, input: 'tag', ctx };
      expect(seen(wrongType)).toEqual(ok({ detail: [problem] }, 422));
      const wrongId = await ann.call(method, path('todo', 'x'), body);
      expect(wrongId.status).toBe(422);
      expect(wrongId.body).toMatchObject({ detail: [{ type: 'uuid_parsing', loc: ['path', 'resource_id'] }] });
    });

    it.each(['GET', 'PUT', 'DELETE'])('%s is for those who are signed in', async (method) => {
      const answer = await callJson(circle.url, method, path('todo', randomUUID()));
      expect(seen(answer)).toEqual(ok({ detail: 'Authorization header missing' }, 401));
    });
  });

  describe('at once', () => {
    it.each(Array.from({ length: 15 }, (_, round) => round))(
      'a list and the end of a friendship leave no stranger on it (%i)',
      async (round) => {
        const items = await Promise.all([
          addItem(circle, 'todo', ann),
          addItem(circle, 'schedule', ann),
          addItem(circle, 'timer', ann),
        ]);
        const friendship = await befriend(ann, bob);
        await befriend(ann, cat);
        const put = (type: string, id = '') =>
          set(ann, type, id, { level: 'selected', allowed_user_ids: [cat.id, bob.id] });
        const end = () =>
          round % 2 === 0
            ? bob.call('DELETE', `/v1/friends/${friendship}`)
            : bob.call('POST', `/v1/friends/block/${ann.id}`);
        const answers: Answer[] = await Promise.all([
          put('todo', items[0]),
          end(),
          put('schedule', items[1]),
          put('timer', items[2]),
        ]);
        expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 400)).toEqual([]);
        const listed = await circle.dataSource.query<unknown[]>(
          `SELECT FROM visibility_settings WHERE allowed_user_ids @> ARRAY[$1]`,
          [bob.id],
        );
        expect(listed).toEqual([]);
      },
    );

    it.each(Array.from({ length: 15 }, (_, round) => round))(
      'a setting and the deletion of its item leave no setting behind (%i)',
      async () => {
        const id = await addItem(circle, 'todo', ann);
        const remove = circle.app.get(Transactions).run(async (transaction) => {
          await transaction.manager.query(`SELECT FROM todos WHERE id = $1 FOR UPDATE`, [id]);
          await visibility.forget(transaction, 'todo', [id]);
          await transaction.manager.query(`DELETE FROM todos WHERE id = $1`, [id]);
        });
        const [answer] = await Promise.all([set(ann, 'todo', id, { level: 'public' }), remove]);
        expect([200, 404]).toContain(answer.status);
        expect(await visibility.levels('todo', [id])).toEqual(new Map());
      },
    );

    it('settings of one item are one', async () => {
      const id = await addItem(circle, 'timer', ann);
      const levels = ['friends', 'public', 'private', 'friends', 'public'];
      const answers = await Promise.all(levels.map((level) => set(ann, 'timer', id, { level })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      const { body } = await ann.call('GET', path('timer', id));
      const row = (await circle.rows()).find((one) => one['id'] === id);
      expect(row).toMatchObject({ visibility_level: (body as { level: string }).level, revision: 6 });
    });
  });
});
