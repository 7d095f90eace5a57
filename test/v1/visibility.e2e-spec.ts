import { randomUUID } from 'node:crypto';

import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';

import { type ResourceType, RESOURCE_TYPES, Visibility, VISIBILITY_LEVELS } from '../../src/access/visibility.js';
import { clientConfig } from '../../src/database/connection.js';
import { Transactions } from '../../src/database/transactions.js';
import {
  addItem,
  anId,
  atSecond,
  befriend,
  type Circle,
  NOON,
  ok,
  type Person,
  seen,
  startCircle,
  VISIBILITY_FAILURES,
} from '../support/people.js';

const OWNER_COLUMN = { schedule: 'owner_id', timer: 'user_id', todo: 'owner_id' } as const;
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
  const signal = (type: ResourceType, id: string, owner: Person) => ({
    topic: `user:${owner.id}`,
    kind: 'visibility.changed',
    body: { resource_type: type, resource_id: id, owner_id: owner.id },
  });
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

  describe.each(RESOURCE_TYPES)('of a %s', (type) => {
    it('is set, read, replaced and removed by its owner', async () => {
      const id = await addItem(circle, type, ann);
      await befriend(ann, bob);
      circle.heard();
      expect(seen(await ann.call('GET', path(type, id)))).toEqual(VISIBILITY_FAILURES.notFound);
      const first = await set(ann, type, id.toUpperCase(), { level: 'selected', allowed_user_ids: [bob.id, bob.id] });
      expect(seen(first)).toEqual(ok(setting(type, id, { level: 'selected', allowed_user_ids: [bob.id] })));
      expect(circle.heard()).toEqual([signal(type, id, ann)]);
      expect(seen(await ann.call('GET', path(type, id)))).toEqual(seen(first));
      const later = atSecond(circle, 60);
      const second = await set(ann, type, id, { level: 'public' });
      const { id: settingId } = first.body as { id: string };
      expect(seen(second)).toEqual(ok(setting(type, id, { id: settingId, level: 'public', updated_at: later })));
      circle.heard();
      expect(seen(await ann.call('DELETE', path(type, id)))).toEqual(ok({ ok: true }));
      expect(circle.heard()).toEqual([signal(type, id, ann)]);
      expect(seen(await ann.call('GET', path(type, id)))).toEqual(VISIBILITY_FAILURES.notFound);
      expect(seen(await ann.call('DELETE', path(type, id)))).toEqual(ok({ ok: true }));
      expect(circle.heard()).toEqual([]);
    });

    it('is nobody else’s, not even a reader’s', async () => {
      const id = await addItem(circle, type, ann);
      await befriend(ann, bob);
      await set(ann, type, id, { level: 'public' });
      circle.heard();
      for (const who of [bob, cat]) {
        expect(seen(await who.call('GET', path(type, id)))).toEqual(VISIBILITY_FAILURES.denied);
        expect(seen(await set(who, type, id, { level: 'private' }))).toEqual(VISIBILITY_FAILURES.denied);
        expect(seen(await who.call('DELETE', path(type, id)))).toEqual(VISIBILITY_FAILURES.denied);
      }
      expect(circle.heard()).toEqual([]);
      expect((await ann.call('GET', path(type, id))).body).toMatchObject({ level: 'public' });
    });

    it('is not there for what is not there', async () => {
      const other = RESOURCE_TYPES.find((one) => one !== type) ?? type;
      for (const id of [uuidv7(), await addItem(circle, other, ann)]) {
        expect(seen(await ann.call('GET', path(type, id)))).toEqual(VISIBILITY_FAILURES.notFound);
        expect(seen(await set(ann, type, id, { level: 'public' }))).toEqual(VISIBILITY_FAILURES.notFound);
        expect(seen(await ann.call('DELETE', path(type, id)))).toEqual(VISIBILITY_FAILURES.notFound);
      }
      expect(circle.heard()).toEqual([]);
    });

    it('is as the sentences of docs/spec/v1.md#11-visibility say, for a reader and in a list', async () => {
      await everyCase(type);
    });

    it('goes with what is deleted', async () => {
      const [gone, kept] = [await addItem(circle, type, ann), await addItem(circle, type, ann)];
      for (const id of [gone, kept]) await set(ann, type, id, { level: 'public' });
      expect(await visibility.levels(type, [gone, kept, uuidv7()])).toEqual(
        new Map([
          [gone, 'public'],
          [kept, 'public'],
        ]),
      );
      await circle.app.get(Transactions).run((transaction) => visibility.forget(transaction, type, [gone]));
      expect(await visibility.levels(type, [gone, kept])).toEqual(new Map([[kept, 'public']]));
      expect(await visibility.mayRead(bob.id, { type, id: gone, ownerId: ann.id })).toBe(false);
    });
  });

  describe('of a timer', () => {
    const timer = async (id: string) => (await circle.rows()).find((row) => row['id'] === id);

    it('is copied into the timer with a revision and a push', async () => {
      const id = await addItem(circle, 'timer', ann);
      circle.told.length = 0;
      atSecond(circle, 60);
      await set(ann, 'timer', id, { level: 'friends' });
      expect(await timer(id)).toMatchObject({ visibility_level: 'friends', revision: 2 });
      expect(circle.told).toMatchObject([{ action: 'update', actor: ann.id, timer: { visibilityLevel: 'friends' } }]);
      await ann.call('DELETE', path('timer', id));
      expect(await timer(id)).toMatchObject({ visibility_level: null, revision: 3 });
      expect(circle.told).toHaveLength(2);
      await ann.call('DELETE', path('timer', id));
      expect(await timer(id)).toMatchObject({ revision: 3 });
    });

    it('leaves the timer alone when it is refused', async () => {
      const id = await addItem(circle, 'timer', ann);
      await set(ann, 'timer', id, { level: 'selected', allowed_user_ids: [cat.id] });
      await set(bob, 'timer', id, { level: 'public' });
      expect(await timer(id)).toMatchObject({ visibility_level: null, revision: 1 });
    });

    it('is not that of a room’s session', async () => {
      const roomId = randomUUID();
      const { id } = await circle.create({ roomId });
      expect(seen(await set(ann, 'timer', id, { level: 'public' }))).toEqual(VISIBILITY_FAILURES.notFound);
      expect(seen(await ann.call('GET', path('timer', id)))).toEqual(VISIBILITY_FAILURES.notFound);
    });
  });

  describe('addresses', () => {
    const mayRead = async (body: object) => {
      const id = await addItem(circle, 'todo', ann);
      expect((await set(ann, 'todo', id, { level: 'allowed_emails', ...body })).status).toBe(200);
      return visibility.mayRead(bob.id, { type: 'todo', id, ownerId: ann.id });
    };
    const prove = () => circle.dataSource.query(`UPDATE users SET email_proven_at = now() WHERE id = $1`, [bob.id]);
    const verify = (email: string) =>
      circle.dataSource.query(`UPDATE users SET verified_email = $2 WHERE id = $1`, [bob.id, email]);

    it('that were only typed open nothing', async () => {
      expect(await mayRead({ allowed_emails: [bob.email], allowed_domains: ['example.com'] })).toBe(false);
      await befriend(ann, bob);
      expect(await mayRead({ allowed_emails: [bob.email], allowed_domains: ['example.com'] })).toBe(false);
    });

    it('that are proven or verified open what lists them or their domain', async () => {
      await prove();
      expect(await mayRead({ allowed_emails: [bob.email] })).toBe(true);
      expect(await mayRead({ allowed_domains: ['example.com'] })).toBe(true);
      expect(await mayRead({ allowed_emails: ['ob@example.com'], allowed_domains: ['ample.com', 'com'] })).toBe(false);
      await verify('"odd@example.org"@example.net');
      expect(await mayRead({ allowed_domains: ['example.net'] })).toBe(true);
      expect(await mayRead({ allowed_domains: ['example.org'] })).toBe(false);
    });

    it('of nobody open nothing', async () => {
      const id = await addItem(circle, 'todo', ann);
      await set(ann, 'todo', id, { level: 'allowed_emails', allowed_domains: ['example.com'] });
      expect(await visibility.mayRead('nobody', { type: 'todo', id, ownerId: ann.id })).toBe(false);
    });
  });

  it('takes all settings of a person along', async () => {
    const id = await addItem(circle, 'todo', ann);
    await set(ann, 'todo', id, { level: 'public' });
    await set(bob, 'todo', await addItem(circle, 'todo', bob), { level: 'public' });
    expect(await visibility.exportOf(ann.id)).toMatchObject([
      { resourceType: 'todo', resourceId: id, level: 'public' },
    ]);
  });

  it('finds what is shared by the indexes', async () => {
    const condition = visibility.sharedCondition('$1', 'timer', 't');
    const runner = new Client({ ...clientConfig(circle.connection), query_timeout: 0, statement_timeout: 0 });
    await runner.connect();
    await runner.query('BEGIN');
    await runner.query(`INSERT INTO users (id) SELECT 'user-' || n FROM generate_series(1, 5000) n`);
    await runner.query(
      `INSERT INTO visibility_settings
       SELECT gen_random_uuid(), 'timer', gen_random_uuid(), 'user-' || (1 + n % 5000), level, '{}',
         CASE level WHEN 'friends' THEN '{}' ELSE ARRAY[n || '@example.com'] END,
         CASE level WHEN 'friends' THEN '{}' ELSE ARRAY[n || '.example.com'] END, now(), now()
       FROM generate_series(1, 20000) n, (VALUES ('friends'), ('allowed_emails')) levels (level)`,
    );
    await runner.query('ANALYZE visibility_settings');
    const { rows: plan } = await runner.query(`EXPLAIN SELECT t.id FROM timers t WHERE ${condition}`, [bob.id]);
    await runner.query('ROLLBACK');
    await runner.end();
    const text = JSON.stringify(plan);
    expect(text).toMatch(/visibility_settings_by_owner/);
    expect(text).toMatch(/visibility_settings_by_email/);
    expect(text).toMatch(/visibility_settings_by_domain/);
    expect(text).not.toMatch(/Seq Scan on visibility_settings/);
  });

  /** Every level with every relation of owner and reader, block, list and address, against the sentences themselves. */
  async function everyCase(type: ResourceType): Promise<void> {
    const cases = VISIBILITY_LEVELS.flatMap((level) => [true, false].map((listed) => ({ level, listed })));
    const wrong: unknown[] = [];
    for (const relation of ['accepted', 'pending', 'none']) {
      const friend = relation === 'accepted';
      for (const block of ['none', 'by owner', 'by reader']) {
        for (const proven of [true, false]) {
          const items = await arrange(type, cases, { relation, block, proven });
          const ids = items.map(({ id }) => ({ id, ownerId: ann.id }));
          const readable = await visibility.mayReadMany(bob.id, type, ids);
          const listedIds = await sharedIds(type);
          for (const { id, level, listed } of items) {
            const reads = expectedToRead({ level, listed, friend, block, proven });
            const shows = reads && (friend || level !== 'public');
            if (readable.has(id) !== reads) wrong.push({ level, listed, relation, block, proven, reads });
            if (listedIds.has(id) !== shows) wrong.push({ level, listed, relation, block, proven, shows });
          }
          const own = await visibility.mayReadMany(ann.id, type, ids);
          if (own.size !== ids.length) wrong.push({ relation, block, proven, owner: 'may not read' });
        }
      }
    }
    expect(wrong).toEqual([]);
  }

  interface Case {
    level: string;
    listed: boolean;
    friend: boolean;
    block: string;
    proven: boolean;
  }

  function expectedToRead({ level, listed, friend, block, proven }: Case): boolean {
    if (block !== 'none') return false;
    if (level === 'public') return true;
    if (level === 'friends') return friend;
    if (level === 'selected') return friend && listed;
    return level === 'allowed_emails' && proven && listed;
  }

  /** Items of Ann's for Bob to read, and one of each that has no setting; friends and blocks written past the rules. */
  async function arrange<Given extends { level: string; listed: boolean }>(
    type: ResourceType,
    cases: readonly Given[],
    { relation, block, proven }: Pick<Case, 'block' | 'proven'> & { relation: string },
  ): Promise<(Given & { id: string })[]> {
    const { dataSource } = circle;
    await dataSource.query('TRUNCATE friendships, blocks, visibility_settings');
    const people = [ann.id, bob.id].sort();
    if (relation !== 'none') {
      await dataSource.query(`INSERT INTO friendships VALUES (gen_random_uuid(), $1, $2, $3, now(), now(), now())`, [
        ...people,
        relation,
      ]);
    }
    if (block === 'by owner') await dataSource.query(`INSERT INTO blocks VALUES ($1, $2, now())`, [ann.id, bob.id]);
    if (block === 'by reader') await dataSource.query(`INSERT INTO blocks VALUES ($1, $2, now())`, [bob.id, ann.id]);
    await dataSource.query(`UPDATE users SET email_proven_at = $2 WHERE id = $1`, [bob.id, proven ? NOON : null]);
    const items: (Given & { id: string })[] = [];
    for (const given of cases) {
      const id = await addItem(circle, type, ann);
      items.push({ ...given, id });
      await dataSource.query(
        `INSERT INTO visibility_settings VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, '{}', now(), now())`,
        [type, id, ann.id, given.level, given.listed ? [bob.id] : [cat.id], given.listed ? [bob.email] : []],
      );
    }
    return [...items, { ...(cases[0] as Given), level: 'never set', id: await addItem(circle, type, ann) }];
  }

  async function sharedIds(type: ResourceType): Promise<Set<string>> {
    const condition = visibility.sharedCondition('$2', type, 'i');
    const rows: { id: string }[] = await circle.dataSource.query(
      `SELECT i.id FROM ${type}s i WHERE ${condition} AND i.${OWNER_COLUMN[type]} = $1`,
      [ann.id, bob.id],
    );
    const own: unknown[] = await circle.dataSource.query(
      `SELECT i.id FROM ${type}s i WHERE ${visibility.sharedCondition('$1', type, 'i')}`,
      [ann.id],
    );
    expect(own).toEqual([]);
    return new Set(rows.map(({ id }) => id));
  }
});
