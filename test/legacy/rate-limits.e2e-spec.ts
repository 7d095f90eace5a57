import { readdirSync } from 'node:fs';

import { allHeaders, Http, newEmail } from '../support/http.js';
import { answer, createPerson, createUser, LEGACY_HEADERS, ROW, send, type Sent } from '../support/legacy.js';

const START = '/v1/user/timer/start/';
const CHECK = '/v1/user/info/manage/basic/checktoken/';
const SIGN_IN = '/v1/user/manage/signin/';

let http: Http;
beforeAll(async () => {
  http = await Http.start({ env: { RATE_LIMIT_ENABLED: 'true' } });
});
afterAll(() => http.close());

let addresses = 0;
const newAddress = (): string => `127.0.3.${(addresses += 1)}`;

const tooMany = (retryAfter: number) =>
  answer(429, '{"detail":"Too many requests","status":429,"data":{}}', { 'retry-after': String(retryAfter) });

async function expectTooMany(call: Sent, limit: number): Promise<void> {
  const seen = await send(http.url, call);
  const retryAfter = Number(seen.headers['retry-after']);
  expect(seen).toEqual(tooMany(retryAfter));
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(60);
  const headers = allHeaders(await http.call({ ...call, body: String(call.body ?? '') }));
  expect(headers).toMatchObject({ 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': '0' });
  expect(Math.abs(Number(headers['x-ratelimit-reset']) - Date.now() / 1_000 - retryAfter)).toBeLessThan(3);
}

describe('start and stop', () => {
  it('are 120 a minute, together and of each user', async () => {
    const person = await createPerson(http);
    const neighbour = await createPerson(http);
    const call = (path: string, auth = person.auth): Sent => ({ path, headers: auth, body: 'title=Maths' });
    const first = await http.call({ ...call(START), body: 'title=Maths', headers: { ...person.auth, ...FORM } });
    expect(allHeaders(first)).toMatchObject({ 'x-ratelimit-limit': '120', 'x-ratelimit-remaining': '119' });
    for (let round = 1; round < 120; round += 1) {
      const path = round % 2 ? START.replace('start', 'stop') : START.slice(0, -1);
      expect(await send(http.url, call(path))).toEqual(ROW.ok);
    }
    await expectTooMany(call(START), 120);
    await expectTooMany({ ...call(START.replace('start', 'stop')) }, 120);
    expect(await send(http.url, call(START, neighbour.auth))).toEqual(ROW.ok);
  });

  it('are judged in the documented order: 404, 405, 401, 429, 413, 415, 400', async () => {
    const { auth } = await createPerson(http);
    for (let round = 0; round < 120; round += 1) await send(http.url, { path: START, headers: auth });
    await expectTooMany({ path: START, headers: auth, body: 'x'.repeat(300_000) }, 120);
    await expectTooMany({ path: START, headers: { ...auth, 'Content-Type': 'text/xml' }, body: 'x' }, 120);
    await expectTooMany({ path: START, headers: auth, body: '' }, 120);
    expect(await send(http.url, { path: START })).toEqual(ROW.invalidToken);
    expect((await send(http.url, { method: 'GET', path: START, headers: auth })).status).toBe(405);
    expect((await send(http.url, { path: `${START}now`, headers: auth })).status).toBe(404);
  });

  it('are not counted without a token', async () => {
    for (let round = 0; round < 130; round += 1) {
      expect(await send(http.url, { path: START })).toEqual(ROW.invalidToken);
    }
  });
});

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

describe('checktoken', () => {
  it('is a read: 600 a minute', async () => {
    const { auth } = await createPerson(http);
    const first = await http.call({ method: 'GET', path: CHECK, headers: auth });
    expect(allHeaders(first)).toMatchObject({ 'x-ratelimit-limit': '600', 'x-ratelimit-remaining': '599' });
    for (let round = 1; round < 600; round += 1) await send(http.url, { method: 'GET', path: CHECK, headers: auth });
    await expectTooMany({ method: 'GET', path: CHECK, headers: auth }, 600);
    const start = { path: START, headers: { ...auth, ...FORM }, body: 'title=Maths' };
    expect(await send(http.url, start)).toEqual(ROW.ok);
  });
});

describe('signing in', () => {
  const ask = (email: string, from: string) =>
    http.call({ path: SIGN_IN, body: `email=${encodeURIComponent(email)}`, headers: FORM, from });
  const enter = (email: string, from: string) =>
    http.call({ method: 'PUT', path: `${SIGN_IN}?auth=WRONG234&email=${encodeURIComponent(email)}`, from });
  const logIn = (username: string, from: string) =>
    http.call({ path: '/v1/user/token/', body: { username, password: 'wrong password' }, from });

  it('is for 10 of an address and e-mail, in whatever way', async () => {
    const [from, email] = [newAddress(), newEmail()];
    await createUser(http, { email });
    for (let round = 0; round < 3; round += 1) {
      expect((await ask(email, from)).status).toBe(200);
      expect((await enter(` ${email.toUpperCase()}`, from)).status).toBe(401);
      expect((await logIn(email, from)).status).toBe(400);
    }
    expect((await logIn(email, from)).status).toBe(400);
    const mails = readdirSync(`${http.dataDir}/mail`).length;
    for (const call of [ask, enter, logIn]) {
      const refused = await call(email, from);
      const retryAfter = String(allHeaders(refused)['retry-after']);
      expect(refused).toEqual({
        status: 429,
        headers: { ...LEGACY_HEADERS, 'retry-after': retryAfter },
        body: { detail: 'Too many requests', status: 429, data: {} },
      });
      expect(allHeaders(refused)).toMatchObject({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0' });
      expect((await call(email, newAddress())).status).not.toBe(429);
      expect((await call(newEmail(), from)).status).not.toBe(429);
    }
    expect(mails).toBeGreaterThan(0);
  });

  it('is for 100 of an address, whatever is sent', async () => {
    const from = newAddress();
    for (let round = 0; round < 100; round += 1) expect((await ask('no address', from)).status).toBe(400);
    for (const call of [ask, enter, logIn]) {
      const refused = await call(newEmail(), from);
      expect(refused.status).toBe(429);
      expect(allHeaders(refused)).toMatchObject({ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0' });
    }
    const large = await http.call({ path: '/v1/user/token/', body: 'x'.repeat(300_000), from });
    expect(large.status).toBe(429);
  });
});
