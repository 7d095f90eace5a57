import { Presence } from '../../src/room-people/presence.js';
import { hangUpAll, type Sockets, startSockets } from '../support/sockets.js';

const INFO = 30;
const DEBUG = 20;

interface Line {
  readonly level: number;
  readonly msg: string;
}

const lines: Line[] = [];
let sockets: Sockets;

beforeAll(async () => {
  sockets = await startSockets({ logTo: { write: (line) => lines.push(JSON.parse(line) as Line) } });
});
afterAll(() => sockets.close());

const loud = () => lines.filter(({ level }) => level >= INFO);

it('a server that starts and has nothing to do writes nothing at info', async () => {
  await sockets.settle();
  await sockets.app.get(Presence).keepAlive();
  expect(loud()).toEqual([]);
});

it('a server at work writes its requests at debug and nothing at info', async () => {
  const person = await sockets.signUp();
  const device = await person.connect();
  await device.ask({ type: 'timer.create', payload: { allocated_duration: 1_500 } });
  await device.ask({ type: 'timer.pause', payload: { timer_id: 'unknown' } });
  await person.call('GET', '/v1/timers');
  await person.call('GET', '/v1/timers/unknown');
  await hangUpAll();
  await sockets.settle();
  expect(lines.filter(({ level, msg }) => level === DEBUG && msg === 'request').length).toBeGreaterThanOrEqual(3);
  expect(loud()).toEqual([]);
});
