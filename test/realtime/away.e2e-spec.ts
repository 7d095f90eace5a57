import { Pool } from 'pg';

import { SignalFollower } from '../../src/signals/signal-follower.js';
import { ChangeStream } from '../../src/realtime/backplane/change-stream.js';
import { atOther, hangUpAll, type Sockets, startSockets } from '../support/sockets.js';

/** What an instance cannot know any more, because the logs do not reach back to where it was. */

let here: Sockets;
let there: Sockets;

beforeAll(async () => {
  here = await startSockets();
  there = await startSockets({ connection: here.connection });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(async () => {
  await here.close();
  await there.close();
});

type Query = (...parameters: unknown[]) => Promise<{ rows: { log: string; at: number }[] }>;

/** The database says from now on that the logs are in this state. @returns how to end it */
function logsOf(sockets: Sockets, change: (mark: { log: string; at: number }) => object): () => void {
  const pool = sockets.app.get(Pool);
  const query = pool.query.bind(pool) as Query;
  const changed: Query = async (...parameters) => {
    const found = await query(...parameters);
    if (!String(parameters[0]).includes('FROM change_log_state')) return found;
    return { ...found, rows: found.rows.map((mark) => ({ ...mark, ...change(mark) })) };
  };
  Reflect.set(pool, 'query', changed);
  return () => {
    Reflect.set(pool, 'query', query);
  };
}

it('an instance that was away for longer than signals are kept closes its sockets and asks again who people are', async () => {
  const person = await here.signUp();
  const kept = await here.signUp();
  // Known there, from now on.
  const device = await (await atOther(there, person)).connect();
  const other = await (await atOther(there, kept)).connect();
  jest.spyOn(there.app.get(SignalFollower), 'follow').mockResolvedValue();
  await person.call('POST', '/v1/auth/logout');
  await here.dataSource.query(`DELETE FROM signals`);
  jest.restoreAllMocks();
  const end = logsOf(there, ({ at }) => ({ at: at + 2 * 3_600_000 }));
  await there.app.get(SignalFollower).follow();
  end();
  for (const { closed } of [device, other]) expect(await closed).toEqual({ code: 1001, reason: 'reconnect' });
  const again = await fetch(`${there.url}/v1/users/me`, { headers: { Authorization: `Bearer ${person.token}` } });
  expect(again.status).toBe(401);
  const back = await (await atOther(there, kept)).connect();
  expect(back.frames[0]).toMatchObject({ type: 'connected' });
});

it('an instance whose database was put back to what it once was closes its sockets, too', async () => {
  const device = await (await atOther(there, await here.signUp())).connect();
  const before = there.app.get(ChangeStream).mark;
  const end = logsOf(there, () => ({ log: 'fedcba9876543210' }));
  await there.app.get(ChangeStream).follow();
  end();
  expect(await device.closed).toEqual({ code: 1001, reason: 'reconnect' });
  expect(there.app.get(ChangeStream).mark).not.toEqual(before);
});
