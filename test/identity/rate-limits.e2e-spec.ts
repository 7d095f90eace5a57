import { randomUUID } from 'node:crypto';

import { Turns } from '../../src/identity/passwords/turns.js';
import {
  allHeaders,
  type Call,
  Http,
  newEmail,
  PASSWORD,
  type Reply,
  reply,
  type Tokens,
  tokensOf,
} from '../support/http.js';

const LOGIN = '/v1/auth/login';
const RESET = '/v1/auth/password/reset';

let http: Http;
beforeAll(async () => {
  http = await Http.start({ env: { RATE_LIMIT_ENABLED: 'true' } });
});
afterAll(() => http.close());
afterEach(() => jest.useRealTimers());

let addresses = 0;
/** An address nobody called from. */
const newAddress = (): string => `127.0.1.${(addresses += 1)}`;

const standing = (answer: Reply): { limit: number; remaining: number } => {
  const headers = allHeaders(answer);
  return { limit: Number(headers['x-ratelimit-limit']), remaining: Number(headers['x-ratelimit-remaining']) };
};
const times = async (count: number, call: () => Promise<Reply>): Promise<number[]> => {
  const statuses = new Set<number>();
  for (let round = 0; round < count; round += 1) statuses.add((await call()).status);
  return [...statuses];
};

/** 429 with every header and the body of docs/spec/v1.md#23-others. */
function expectTooMany(answer: Reply, limit: number): void {
  const { 'retry-after': retryAfter, 'x-ratelimit-reset': reset } = allHeaders(answer);
  expect(answer).toEqual(
    reply(429, { detail: 'Too many requests', retry_after: Number(retryAfter) }, { 'retry-after': String(retryAfter) }),
  );
  expect(Number(retryAfter)).toBeGreaterThan(0);
  expect(Number(retryAfter)).toBeLessThanOrEqual(60);
  expect(Math.abs(Number(reset) - Date.now() / 1_000 - Number(retryAfter))).toBeLessThan(2.5);
  expect(standing(answer)).toEqual({ limit, remaining: 0 });
}

describe('signing in', () => {
  const logIn = (email: string, from: string, call: Partial<Call> = {}): Promise<Reply> =>
    http.call({ path: LOGIN, body: { email, password: PASSWORD }, from, ...call });

  it('is for 10 of an address and e-mail in a minute', async () => {
    const [from, email] = [newAddress(), newEmail()];
    for (let round = 1; round <= 10; round += 1) {
      const answer = await logIn(round % 2 ? email : ` ${email.toUpperCase()} `, from);
      expect(answer.status).toBe(401);
      expect(standing(answer)).toEqual({ limit: 10, remaining: 10 - round });
    }
    expectTooMany(await logIn(email, from), 10);
    expect((await logIn(email, newAddress())).status).toBe(401);
    expect((await logIn(newEmail(), from)).status).toBe(401);
  });

  it('begins anew after the minute', async () => {
    const now = Date.now();
    const doNotFake = [
      ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const),
      ...(['nextTick', 'queueMicrotask', 'performance', 'hrtime'] as const),
    ];
    const at = (milliseconds: number) => jest.useFakeTimers({ doNotFake, now: now + milliseconds });
    at(0);
    const [from, email] = [newAddress(), newEmail()];
    expect(await times(10, () => logIn(email, from))).toEqual([401]);
    at(59_000);
    const refused = await logIn(email, from);
    expect(allHeaders(refused)['retry-after']).toBe('1');
    at(60_001);
    expect((await logIn(email, from)).status).toBe(401);
  });

  it('counts all ways together: sign-up, login, resets and the legacy sign-in', async () => {
    const [from, email] = [newAddress(), newEmail()];
    const ways: Call[] = [
      { path: '/v1/auth/signup', body: { email, password: PASSWORD } },
      { path: LOGIN, body: { email, password: PASSWORD } },
      { path: RESET, body: { email } },
      { method: 'PUT', path: RESET, body: { email, code: 'WRONG234', new_password: PASSWORD } },
      { path: '/v1/user/token/', body: { username: email, password: PASSWORD } },
      { path: '/v1/user/manage/signin/', body: { email } },
      { method: 'PUT', path: `/v1/user/manage/signin/?auth=WRONG234&email=${email}` },
    ];
    for (const [index, way] of ways.entries()) {
      expect(standing(await http.call({ ...way, from }))).toEqual({ limit: 10, remaining: 9 - index });
    }
    await times(3, () => logIn(email, from));
    for (const way of ways) expect((await http.call({ ...way, from })).status).toBe(429);
  });

  it('is for 100 of an address, whatever the e-mails, and looks at no body beyond', async () => {
    const from = newAddress();
    expect(await times(100, () => http.call({ path: RESET, body: { email: newEmail() }, from }))).toEqual([202]);
    expectTooMany(await http.call({ path: RESET, body: { email: newEmail() }, from }), 100);
    expectTooMany(await logIn(newEmail(), from, { body: 'x'.repeat(300_000) }), 100);
    expect((await logIn(newEmail(), newAddress())).status).toBe(401);
  });

  it('lets ten of thirty in that come at the same moment', async () => {
    const [from, email] = [newAddress(), newEmail()];
    const calls = Array.from({ length: 30 }, () => http.call({ path: RESET, body: { email }, from }));
    const all = await Promise.all(calls);
    expect(all.filter(({ status }) => status === 202)).toHaveLength(10);
  });

  it('counts wrong passwords and codes of the signed-in too', async () => {
    const { access_token: token } = await http.signUp();
    const change = { path: '/v1/auth/password', body: { password: 'wrong', new_password: PASSWORD }, token };
    const verify = { path: '/v1/auth/email/verify', body: { code: 'WRONG234' }, token };
    const from = newAddress();
    expect(await times(5, () => http.call({ ...change, from }))).toEqual([403]);
    expect(await times(5, () => http.call({ ...verify, from }))).toEqual([400]);
    for (const call of [change, verify, { ...verify, path: '/v1/auth/email/code' }]) {
      expectTooMany(await http.call({ ...call, from }), 10);
    }
  });
});

describe('the password of somebody signed in', () => {
  it('is asked for ten times a minute, from wherever, by the calls that want it together', async () => {
    const { access_token: token } = await http.signUp();
    const remove = () =>
      http.call({ method: 'DELETE', path: '/v1/users/me', body: { password: 'wrong' }, token, from: newAddress() });
    expect(await times(10, remove)).toEqual([403]);
    expectTooMany(await remove(), 10);
    const change = { path: '/v1/auth/password', body: { password: PASSWORD, new_password: PASSWORD }, token };
    expectTooMany(await http.call({ ...change, from: newAddress() }), 10);
    const { access_token: other } = await http.signUp();
    expect((await http.call({ ...change, token: other, from: newAddress() })).status).toBe(200);
  });

  it('is hashed in the turn of the address that asks', async () => {
    const callers: (string | undefined)[] = [];
    const take = jest.spyOn(Turns.prototype, 'take').mockImplementation((work, caller) => {
      callers.push(caller);
      return work();
    });
    const { access_token: token, email } = await http.signUp();
    callers.length = 0;
    const from = newAddress();
    const changed = { password: PASSWORD, new_password: `${PASSWORD}!` };
    await http.call({ path: '/v1/auth/password', body: changed, token, from });
    await http.call({ method: 'PUT', path: RESET, body: { email, code: 'WRONG234', new_password: PASSWORD }, from });
    await http.call({ path: LOGIN, body: { email, password: PASSWORD }, from });
    await http.call({ method: 'DELETE', path: '/v1/users/me', body: { password: 'wrong' }, token, from });
    take.mockRestore();
    expect(callers).toEqual([from, from, from, from, from]);
  });
});

describe('refreshing', () => {
  it('works for fifty people behind one address in the same minute', async () => {
    const from = newAddress();
    const people: Tokens[] = [];
    for (let person = 0; person < 50; person += 1) people.push(await http.signUp());
    for (let round = 0; round < 3; round += 1) {
      const all = await Promise.all(
        people.map(({ refresh_token: token }) =>
          http.call({ path: '/v1/auth/refresh', body: { refresh_token: token }, from }),
        ),
      );
      expect([...new Set(all.map(({ status }) => status))]).toEqual([200]);
      all.forEach((answer, index) => Object.assign(people[index] ?? {}, tokensOf(answer)));
    }
  });

  it('is for 30 of a family in a minute', async () => {
    const person = await http.signUp();
    const other = tokensOf(await http.call({ path: LOGIN, body: { email: person.email, password: PASSWORD } }));
    let { refresh_token: token } = person;
    const refresh = () => http.call({ path: '/v1/auth/refresh', body: { refresh_token: token }, from: newAddress() });
    for (let round = 1; round <= 30; round += 1) {
      const answer = await refresh();
      expect(standing(answer)).toEqual({ limit: 30, remaining: 30 - round });
      token = tokensOf(answer).refresh_token;
    }
    expectTooMany(await refresh(), 30);
    expect((await http.refresh(other.refresh_token)).status).toBe(200);
  });

  it('counts every call by its address before the body is read', async () => {
    const from = newAddress();
    const path = '/v1/auth/refresh';
    const body = `{${Array.from({ length: 9_000 }, (_, index) => `"k${index}":0`).join(',')}}`;
    const first = await http.call({ path, body, from });
    expect({ status: first.status, ...standing(first) }).toEqual({ status: 422, limit: 600, remaining: 599 });
    expect(await times(599, () => http.call({ path, body: '{', from }))).toEqual([422]);
    expectTooMany(await http.call({ path, body: { refresh_token: randomUUID() }, from }), 600);
    expect((await http.call({ path, body, from: newAddress() })).status).toBe(422);
  });

  it('counts what nobody knows by its address', async () => {
    const from = newAddress();
    const guess = () => http.call({ path: '/v1/auth/refresh', body: { refresh_token: randomUUID() }, from });
    expect(await times(120, guess)).toEqual([401]);
    expectTooMany(await guess(), 120);
    const { refresh_token: token } = await http.signUp();
    expect((await http.call({ path: '/v1/auth/refresh', body: { refresh_token: token }, from })).status).toBe(200);
  });
});

describe('other calls', () => {
  it('are 120 writes and 600 reads a minute, of a user from wherever', async () => {
    const { access_token: token } = await http.signUp();
    const { access_token: neighbour } = await http.signUp();
    const write = (by = token): Promise<Reply> =>
      http.call({ method: 'DELETE', path: `/v1/auth/sessions/${randomUUID()}`, token: by });
    const read = (by = token): Promise<Reply> => http.get('/v1/auth/sessions', by);
    expect(standing(await write())).toEqual({ limit: 120, remaining: 119 });
    expect(standing(await read())).toEqual({ limit: 600, remaining: 599 });
    expect(await times(119, write)).toEqual([404]);
    expectTooMany(await write(), 120);
    expectTooMany(await http.call({ method: 'DELETE', path: '/v1/auth/sessions/5', token, from: newAddress() }), 120);
    expect((await write(neighbour)).status).toBe(404);
    expect(await times(599, read)).toEqual([200]);
    expectTooMany(await read(), 600);
    expectTooMany(await http.call({ method: 'HEAD', path: '/v1/auth/sessions', token }).then(asGet), 600);
    expect((await read(neighbour)).status).toBe(200);
  });

  /** HEAD has no body to compare. */
  const asGet = (answer: Reply): Reply => {
    const full: Reply = Object.assign(answer, {
      body: { detail: 'Too many requests', retry_after: Number(allHeaders(answer)['retry-after']) },
    });
    return full;
  };

  it('count whoever logs out, not the address', async () => {
    for (let person = 0; person < 2; person += 1) {
      const { access_token: token } = await http.signUp();
      expect(standing(await http.post('/v1/auth/logout', undefined, token))).toEqual({ limit: 120, remaining: 119 });
    }
  });

  it('are not counted without a token', async () => {
    const statuses = await times(130, () => http.call({ method: 'DELETE', path: `/v1/auth/sessions/${randomUUID()}` }));
    expect(statuses).toEqual([401]);
  });
});

describe('settings', () => {
  const call = (to: Http, email: string, forwarded: string) =>
    to.call({ path: RESET, body: { email }, from: '127.0.2.1', headers: { 'X-Forwarded-For': forwarded } });

  it('believe X-Forwarded-For of a proxy that TRUST_PROXY names, and of nobody else', async () => {
    const behind = await Http.start({
      env: { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '1' },
      connection: http.connection,
    });
    const email = newEmail();
    let client = 0;
    expect(await times(20, () => call(behind, email, `203.0.113.${(client += 1)}`))).toEqual([202]);
    expect(await times(9, () => call(behind, email, '203.0.113.1, 203.0.113.99'))).toEqual([202]);
    expect(await times(12, () => call(http, email, `203.0.113.${(client += 1)}`))).toEqual([202, 429]);
    await behind.close();
  });

  it('take a network of IPv6 for one address, however it is written', async () => {
    const env = { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '1' };
    const behind = await Http.start({ env, connection: http.connection });
    const email = newEmail();
    let client = 0;
    expect(await times(10, () => call(behind, email, `2001:db8::${(client += 1).toString(16)}`))).toEqual([202]);
    expect(await times(1, () => call(behind, email, '2001:0DB8:0:0:ffff::1'))).toEqual([429]);
    expect(await times(1, () => call(behind, email, '2001:db8:0:1::1'))).toEqual([202]);
    await behind.close();
  });

  it('turn everything off', async () => {
    const free = await Http.start({ connection: http.connection });
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 150 }, () => call(free, email, '')));
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([202]);
    const names = answers.flatMap((answer) => Object.keys(allHeaders(answer)));
    expect(names.filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
    await free.close();
  });
});
