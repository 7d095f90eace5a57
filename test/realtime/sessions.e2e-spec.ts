import { JwtService } from '@nestjs/jwt';

import { forge, OidcIssuer } from '../identity/support/oidc-issuer.js';
import { until } from '../support/server.js';
import type { Answer } from '../support/people.js';
import { send } from '../support/send.js';
import { hangUpAll, NOON, open, type Person, type Sockets, startSockets } from '../support/sockets.js';

let sockets: Sockets;
let issuer: OidcIssuer;
let person: Person;

beforeAll(async () => {
  issuer = await OidcIssuer.start();
  sockets = await startSockets({ env: { OIDC_ISSUER_URL: issuer.url } });
});
beforeEach(async () => {
  person = await sockets.signUp();
});
afterEach(() => hangUpAll());
afterAll(async () => {
  await sockets.close();
  await issuer.stop();
});

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

/** A token of somebody of an outside issuer that ends in so many seconds. */
const outsideEndingIn = (seconds: number, sub = 'ann'): string =>
  forge(
    { iss: issuer.url, sub, iat: inSeconds(-60), exp: inSeconds(seconds), jti: String(Math.random()) },
    issuer.key(),
  );

/** A token of our own, of the person's sign-in, that ends in so many seconds. */
function ownEndingIn(seconds: number, { token }: Person = person): string {
  const jwt = sockets.app.get(JwtService, { strict: false });
  const claims = jwt.decode<Record<string, unknown>>(token);
  return jwt.sign({ ...claims, jti: `short-${Math.random()}`, exp: inSeconds(seconds) });
}

const endOf = (token: string) => {
  const { exp } = sockets.app.get(JwtService, { strict: false }).decode<{ exp: number }>(token);
  return new Date(exp * 1_000).toISOString().replace('.000', '');
};

const login = async ({ email }: Person): Promise<string> => {
  const { body }: Answer = await send(sockets.url, 'POST', '/v1/auth/login', {
    body: { email, password: 'correct horse' },
  });
  return (body as { access_token: string }).access_token;
};

describe('a token of an outside issuer ends', () => {
  it('auth.expiring when less than a minute is left, then 1008', async () => {
    const token = outsideEndingIn(2);
    const device = await open(sockets.url, { token });
    await until(() => device.frames.length >= 3, 9_000);
    expect(device.frames[2]).toEqual({ type: 'auth.expiring', payload: { expires_at: endOf(token) }, timestamp: NOON });
    expect(await device.closed).toEqual({ code: 1008, reason: 'token expired' });
    expect(device.frames).toHaveLength(3);
    await expect(open(sockets.url, { token })).rejects.toThrow('401');
  });

  it('in the other dialect, then 4401', async () => {
    const token = outsideEndingIn(2);
    const device = await open(sockets.url, { token, query: { dialect: 'action-event', timezone: '+09:00' } });
    await until(() => device.frames.length >= 3, 9_000);
    const local = new Date(Date.parse(endOf(token)) + 9 * 3_600_000).toISOString().replace('.000Z', '+09:00');
    expect(device.frames[2]).toEqual({
      event: 'auth_expiring',
      data: { expires_at: local },
      timestamp: '2026-03-02T21:00:00+09:00',
    });
    expect(await device.closed).toEqual({ code: 4401, reason: 'token expired' });
  });

  it('nothing of it while there is more than a minute', async () => {
    const device = await open(sockets.url, { token: outsideEndingIn(90) });
    await until(() => device.frames.length >= 2, 9_000);
    expect((await device.heard()).map(({ type }) => type)).toEqual(['connected', 'timer.sync_result']);
  });

  it('auth.renew lengthens the connection', async () => {
    const first = outsideEndingIn(2);
    const device = await open(sockets.url, { token: first });
    await until(() => device.frames.length >= 3, 9_000);
    const token = outsideEndingIn(100);
    expect(await device.ask({ type: 'auth.renew', payload: { token } })).toEqual({
      type: 'auth.renewed',
      payload: { expires_at: endOf(token) },
      timestamp: NOON,
    });
    await until(() => Date.parse(endOf(first)) < Date.now() - 200, 9_000);
    expect(await device.heard()).toEqual([]);
    const third = outsideEndingIn(200);
    expect(await device.ask({ action: 'renew_auth', data: { token: third } })).toEqual({
      event: 'auth_renewed',
      data: { expires_at: endOf(third) },
      timestamp: NOON,
    });
  });
});

describe('a token of our own ends', () => {
  it('and the connection goes on, without a word of it, as long as its session', async () => {
    const token = ownEndingIn(2);
    const device = await open(sockets.url, { token });
    await until(() => Date.parse(endOf(token)) < Date.now() - 200, 9_000);
    await expect(open(sockets.url, { token })).rejects.toThrow('401');
    expect((await device.heard()).map(({ type }) => type)).toEqual(['connected', 'timer.sync_result']);
    await person.call('POST', '/v1/auth/logout');
    expect(await device.closed).toEqual({ code: 1008, reason: 'session ended' });
  });

  it('auth.renew is answered all the same', async () => {
    const device = await person.connect();
    const token = ownEndingIn(100);
    expect(await device.ask({ type: 'auth.renew', payload: { token } })).toMatchObject({
      type: 'auth.renewed',
      payload: { expires_at: endOf(token) },
    });
  });

  it.each([
    ['no token', () => undefined],
    ['a number', () => 5],
    ['garbage', () => 'abc'],
    ['the token of somebody else', async () => (await sockets.signUp()).token],
    ['an expired one', () => ownEndingIn(-1)],
  ])('auth.renew with %s closes 1008', async (_what, tokenOf) => {
    const device = await person.connect();
    device.say({ type: 'auth.renew', payload: { token: await tokenOf() } });
    expect(await device.closed).toEqual({ code: 1008, reason: 'token not valid' });
  });
});

describe('the session ends', () => {
  it('closes its sockets, those of other sign-ins stay', async () => {
    const other = await login(person);
    const device = await person.connect();
    const spokenToOtherwise = await person.connect({ query: { dialect: 'action-event' } });
    const stays = await open(sockets.url, { token: other });
    await stays.next();
    await person.call('POST', '/v1/auth/logout');
    expect(await device.closed).toEqual({ code: 1008, reason: 'session ended' });
    expect(await spokenToOtherwise.closed).toEqual({ code: 4401, reason: 'session ended' });
    expect(await stays.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('ended from another device', async () => {
    const device = await person.connect();
    const other = await login(person);
    const { body } = await send(sockets.url, 'GET', '/v1/auth/sessions', { token: other });
    const first = (body as { id: string; current: boolean }[]).find(({ current }) => !current);
    await send(sockets.url, 'DELETE', `/v1/auth/sessions/${first?.id ?? ''}`, { token: other });
    expect(await device.closed).toMatchObject({ code: 1008 });
  });

  it('a renewed connection belongs to the new session', async () => {
    const device = await person.connect();
    await device.ask({ type: 'auth.renew', payload: { token: await login(person) } });
    await person.call('POST', '/v1/auth/logout');
    expect(await device.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('on another instance within 5 s', async () => {
    const other = await startSockets({ connection: sockets.connection });
    try {
      const device = await open(other.url, { token: person.token });
      await device.next();
      const startedAt = Date.now();
      await person.call('POST', '/v1/auth/logout');
      expect(await device.closed).toMatchObject({ code: 1008 });
      expect(Date.now() - startedAt).toBeLessThan(3 * 5_000);
    } finally {
      await other.close();
    }
  });
});

describe('shutdown', () => {
  it('answers what is under way, then says 1001 to everybody', async () => {
    const house = await startSockets();
    const someone = await house.signUp();
    const idle = await someone.connect();
    const busy = await someone.connect();
    const silent = await someone.connect();
    silent.socket.pause();
    for (let index = 0; index < 20; index += 1) {
      busy.say({ type: 'timer.create', payload: { allocated_duration: 60 }, id: index });
    }
    await busy.next();
    const startedAt = Date.now();
    const closing = house.close();
    expect(await idle.closed).toMatchObject({ code: 1001 });
    expect(await busy.closed).toMatchObject({ code: 1001 });
    await closing;
    expect(Date.now() - startedAt).toBeLessThan(3 * 5_000);
    const answered = busy.frames.flatMap(({ id }) => (typeof id === 'number' ? [id] : []));
    expect(answered).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(idle.frames.filter(({ type }) => type === 'timer.created')).toHaveLength(20);
  });
});
