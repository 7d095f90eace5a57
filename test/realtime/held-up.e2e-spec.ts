import { Pool } from 'pg';

import { TimerCreation } from '../../src/v1/timers/timer-creation.js';
import { hangUpAll, type Sockets, startSockets } from '../support/sockets.js';

/** A command on a socket while the database holds it up (one deadline, as for a request). */

let here: Sockets;

beforeAll(async () => {
  here = await startSockets();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(() => here.close());

const START = { type: 'timer.create', payload: { allocated_duration: 60 } };
const UNAVAILABLE = { type: 'error', payload: { code: 'SERVICE_UNAVAILABLE' } };

/** The next start waits for a connection that hangs, and goes on after it when that is let go of. */
function holdUp(): { ended: Promise<void>; letGo: () => void } {
  const creation = here.app.get(TimerCreation);
  const create = creation.create.bind(creation);
  let letGo: () => void = () => undefined;
  const free = new Promise<void>((resolve) => (letGo = resolve));
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  jest.spyOn(creation, 'create').mockImplementationOnce(async (...parameters) => {
    const connection = await here.app.get(Pool).connect();
    await free;
    connection.release();
    return create(...parameters).finally(() => setImmediate(end));
  });
  return { ended, letGo };
}

it('is answered at its deadline, once, and what came of it is told like anything else', async () => {
  const device = await (await here.signUp()).connect();
  const { ended, letGo } = holdUp();
  device.say({ ...START, id: 'late' });
  expect(await device.next(15_000)).toMatchObject({ ...UNAVAILABLE, id: 'late' });
  letGo();
  await ended;
  await here.settle();
  const heard = await device.heard();
  expect(heard).toMatchObject([{ type: 'timer.created' }]);
  expect(heard[0]).not.toHaveProperty('id');
  expect(await device.ask(START)).toMatchObject({ type: 'timer.created' });
});

it('keeps the order of the commands: the next one waits until that one has ended', async () => {
  const device = await (await here.signUp()).connect();
  const { ended, letGo } = holdUp();
  device.say({ ...START, id: 'late' });
  expect(await device.next(15_000)).toMatchObject({ ...UNAVAILABLE, id: 'late' });
  device.say({ type: 'ping', id: 'behind' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(device.frames.some(({ id }) => id === 'behind')).toBe(false);
  letGo();
  await ended;
  await device.until(() => device.frames.some(({ id }) => id === 'behind'));
});
