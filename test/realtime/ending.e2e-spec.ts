import { setImmediate as turn } from 'node:timers/promises';
import { DataSource } from 'typeorm';

import { BearerIdentities } from '../../src/identity/bearer/bearer-identities.js';
import { Revocations } from '../../src/realtime/revocations.js';
import { until } from '../support/server.js';
import { befriend } from '../support/people.js';
import { send } from '../support/send.js';
import {
  type Closed,
  type Device,
  hangUpAll,
  open,
  type Person,
  settle,
  type Sockets,
  startSockets,
} from '../support/sockets.js';

const ROUNDS = 40;
const HANDSHAKES = 4;
/** The contract's 5 s on a machine that is busy. */
const WITHIN_MS = 15_000;

let sockets: Sockets;

beforeAll(async () => {
  sockets = await startSockets();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(() => sockets.close());

const PATHS = ['/v1/ws/timers', '/ws/room/:id'] as const;

/** The path with a new room in it, which is empty. */
async function pathOf(path: (typeof PATHS)[number]): Promise<string> {
  if (path === '/v1/ws/timers') return path;
  const { status, body } = await send(sockets.url, 'POST', '/api/v1/rooms', { body: { room_name: 'team-alpha' } });
  expect(status).toBe(201);
  return path.replace(':id', (body as { data: { room_id: string } }).data.room_id);
}

/** An opened device, or the status that its handshake was refused with. */
const attempt = (token: string, path: string): Promise<Device | string> =>
  open(sockets.url, { token, path }).catch((error: unknown) => (error as Error).message);

/** How a socket ended; undefined when it is still open after the time that a session's end may take. */
function endOf({ closed }: Device): Promise<Closed | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => {
      resolve(undefined);
    }, WITHIN_MS).unref();
  });
  return Promise.race([closed, late]);
}

const ENDS: Record<string, (person: Person) => Promise<unknown>> = {
  'the session': (person) => person.call('POST', '/v1/auth/logout'),
  'the account': (person) => person.call('DELETE', '/v1/users/me', { password: 'correct horse' }),
};

describe.each(Object.keys(ENDS))('a handshake under way while %s ends', (what) => {
  it.each(PATHS)(
    `of %s stays open in none of ${ROUNDS} rounds`,
    async (endpoint) => {
      const left: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const [person, path] = [await sockets.signUp(), await pathOf(endpoint)];
        const attempts: Promise<Device | string>[] = [];
        const ending = turn().then(async () => {
          for (let wait = 0; wait < round % 8; wait += 1) await turn();
          return ENDS[what]?.(person);
        });
        for (let index = 0; index < HANDSHAKES; index += 1) {
          attempts.push(attempt(person.token, path));
          await turn();
        }
        const outcomes = await Promise.all(attempts);
        expect(await ending).toMatchObject({ status: 200 });
        for (const outcome of outcomes) {
          if (typeof outcome === 'string') expect(outcome).toContain('401');
          else if ((await endOf(outcome)) === undefined) left.push(`round ${round}`);
        }
      }
      expect(left).toEqual([]);
    },
    120_000,
  );

  it.each(PATHS)('of %s is refused when it ends between the look at the token and the socket', async (endpoint) => {
    const [person, path] = [await sockets.signUp(), await pathOf(endpoint)];
    const identities = sockets.app.get(BearerIdentities);
    const identify = identities.identify.bind(identities);
    jest.spyOn(identities, 'identify').mockImplementationOnce(async (token) => {
      const identity = await identify(token);
      await ENDS[what]?.(person);
      return identity;
    });
    expect(await attempt(person.token, path)).toContain('401');
  });
});

describe('a renewal under way', () => {
  it('is not believed when the session of its token ends meanwhile', async () => {
    const person = await sockets.signUp();
    const device = await person.connect();
    const login = { email: person.email, password: 'correct horse' };
    const { access_token: token } = (await send(sockets.url, 'POST', '/v1/auth/login', { body: login })).body as {
      access_token: string;
    };
    const identities = sockets.app.get(BearerIdentities);
    const identify = identities.identify.bind(identities);
    jest.spyOn(identities, 'identify').mockImplementationOnce(async (shown) => {
      const identity = await identify(shown);
      await send(sockets.url, 'POST', '/v1/auth/logout', { token });
      return identity;
    });
    device.say({ type: 'auth.renew', payload: { token } });
    expect(await endOf(device)).toEqual({ code: 1008, reason: 'token not valid' });
  });
});

describe('a session that nobody refreshes', () => {
  it('closes its sockets when it has run out, and no others', async () => {
    const [person, other] = [await sockets.signUp(), await sockets.signUp()];
    const devices = await Promise.all([person.connect(), other.connect()]);
    await sockets.app.get(DataSource).query(`UPDATE sessions SET expires_at = now() WHERE user_id = $1`, [person.id]);
    await sockets.app.get(Revocations).check();
    expect(await endOf(devices[0])).toEqual({ code: 1008, reason: 'session ended' });
    expect(await devices[1].ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });
});

describe('a handshake under way while a friend blocks', () => {
  it(`hears nothing of them afterwards in any of ${ROUNDS} rounds`, async () => {
    const heard: unknown[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [owner, friend] = [await sockets.signUp(), await sockets.signUp()];
      await befriend(owner, friend);
      const blocking = turn().then(async () => {
        for (let wait = 0; wait < round % 8; wait += 1) await turn();
        return owner.call('POST', `/v1/friends/block/${friend.id}`);
      });
      const attempts: Promise<Device | string>[] = [];
      for (let index = 0; index < HANDSHAKES; index += 1) {
        attempts.push(attempt(friend.token, '/v1/ws/timers'));
        await turn();
      }
      const devices = (await Promise.all(attempts)).filter((device) => typeof device !== 'string');
      expect(devices).toHaveLength(HANDSHAKES);
      expect(await blocking).toMatchObject({ status: 200 });
      await owner.call('POST', '/v1/timers', { allocated_duration: 60, title: 'theirs alone' });
      await settle(sockets);
      for (const device of devices) {
        await until(() => device.frames.length >= 2, WITHIN_MS);
        heard.push(...(await device.heard()).filter(({ type }) => type === 'timer.friend_activity'));
        device.hangUp();
      }
    }
    expect(heard).toEqual([]);
  }, 120_000);
});

describe('a legacy token', () => {
  it('opens no socket, so none outlives it', async () => {
    const person = await sockets.signUp();
    const issued = await person.call('POST', '/v1/auth/legacy-tokens', {});
    const { token } = issued.body as { token: string };
    for (const path of PATHS) expect(await attempt(token, await pathOf(path))).toContain('401');
  });
});
