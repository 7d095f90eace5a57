import { v7 as uuidv7 } from 'uuid';

import { Friendships } from '../../src/access/friendships.js';
import { Transactions } from '../../src/database/transactions.js';
import {
  anId,
  type Answer,
  askByCode,
  atSecond,
  befriend,
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
      [
        'an unknown code',
        () => ann.call('POST', '/v1/friends/requests', { friend_code: 'nobody' }),
        FRIEND_FAILURES.codeNotFound,
      ],
      ['the own code', () => byCode(ann, ann), FRIEND_FAILURES.self],
    ])('by %s is refused', async (_, call, row) => {
      expect(seen(await call())).toEqual(row);
      expect(await relations()).toEqual([]);
    });

    it('by code is refused while a request is pending either way', async () => {
      await askByCode(ann, bob);
      expect(seen(await byCode(ann, bob))).toEqual(FRIEND_FAILURES.exists);
      expect(seen(await byCode(bob, ann))).toEqual(FRIEND_FAILURES.exists);
      expect(await relations()).toEqual([{ requester_id: ann.id, addressee_id: bob.id, status: 'pending' }]);
    });

    it('by code is refused among friends', async () => {
      await befriend(ann, bob);
      expect(seen(await byCode(ann, bob))).toEqual(FRIEND_FAILURES.friends);
      expect(seen(await byCode(bob, ann))).toEqual(FRIEND_FAILURES.friends);
    });

    it('by code is refused across a block, whoever set it', async () => {
      await ann.call('POST', `/v1/friends/block/${bob.id}`);
      expect(seen(await byCode(ann, bob))).toEqual(FRIEND_FAILURES.blocked);
      expect(seen(await byCode(bob, ann))).toEqual(FRIEND_FAILURES.blocked);
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
});
