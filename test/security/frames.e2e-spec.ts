import { MEANINGS } from '../../src/realtime/dialects/decode-command.js';
import { type Device, type Frame, hangUpAll, knock, open } from '../support/sockets.js';
import { FRAMES, type FrameRow } from './frames.js';
import { MARK, type Role, ROLES, World } from './world.js';

type Socket = 'personal' | 'room';

let world: World;
const devices: Record<Socket, Partial<Record<Role, Device>>> = { personal: {}, room: {} };

beforeAll(async () => {
  world = await World.begin();
  for (const role of ROLES) {
    if (world.personOf(role)) devices.personal[role] = await enter('personal', role);
    devices.room[role] = await enter('room', role);
  }
}, 60_000);
afterAll(async () => {
  await hangUpAll();
  await world.http.close();
});

const pathOf = (socket: Socket): string => (socket === 'personal' ? '/v1/ws/timers' : `/ws/room/${world.room.id}`);

/** What each role has to show on a socket. */
function protocolOf(role: Role): string | undefined {
  const { hostToken, participantToken } = world.room;
  const person = world.personOf(role);
  if (person) return `authorization.bearer.${person.access_token}`;
  return { host: `host.${hostToken}`, participant: `participant.${participantToken}` }[role as string];
}

async function enter(socket: Socket, role: Role): Promise<Device> {
  const protocol = protocolOf(role);
  return open(world.http.url, { path: pathOf(socket), ...(protocol === undefined ? {} : { protocols: [protocol] }) });
}

/** How a frame was answered: its name, an error's code, or the code that the connection was closed with. */
async function answerTo(socket: Socket, role: Role, row: FrameRow): Promise<string> {
  const device = devices[socket][role];
  if (device === undefined) return refusalOf(socket, role);
  const frame = await row.say(world, role);
  const closed = device.closed.then(({ code }) => String(code));
  return Promise.race([device.ask(frame).then(nameOf), closed]);
}

async function refusalOf(socket: Socket, role: Role): Promise<string> {
  const protocol = protocolOf(role);
  const { status } = await knock(
    world.http.url,
    pathOf(socket),
    protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol },
  );
  return String(status);
}

function nameOf(frame: Frame): string {
  const name = String(frame['type'] ?? frame['event']);
  if (name !== 'error') return name;
  return (frame['payload'] as { code: string } | undefined)?.code ?? (frame['error'] as { code: string }).code;
}

it('knows every word of the vocabulary on both kinds of socket', () => {
  const known = new Set(Object.keys(FRAMES).map((key) => key.split(' ').slice(0, 2).join(' ')));
  const words = (['personal', 'room'] as const).flatMap((socket) =>
    Object.keys(MEANINGS).map((meaning) => `${socket} ${meaning}`),
  );
  // Where `start` and `reset` name no room on a personal socket they are another word, or none.
  expect(words.filter((word) => !known.has(word))).toEqual([]);
});

it.each(Object.entries(FRAMES).map(([key, row]) => [key, row.about, row] as const))('%s: %s', async (key, _, row) => {
  const expected = row.answers.split(' ');
  const seen: string[] = [];
  for (const role of ROLES) {
    if (expected[seen.length] === 'FORBIDDEN') {
      const before = await world.fingerprint();
      seen.push(await answerTo(key.split(' ')[0] as Socket, role, row));
      expect(await world.fingerprint()).toBe(before);
    } else seen.push(await answerTo(key.split(' ')[0] as Socket, role, row));
  }
  expect(seen).toEqual(expected);
});

it('has shown the owner’s texts to nobody but them and their viewer', () => {
  for (const role of ROLES) {
    const heard = JSON.stringify([devices.personal[role]?.frames, devices.room[role]?.frames]);
    const mayShow = role === 'owner' || role === 'viewer';
    // Friends hear of the owner's timers, titles included (docs/spec/sockets.md#the-personal-socket).
    if (role === 'friend') expect(JSON.stringify(withoutActivity(devices.personal.friend))).not.toContain(MARK);
    else expect([role, heard.includes(MARK)]).toEqual([role, mayShow]);
  }
});

const withoutActivity = (device: Device | undefined): Frame[] =>
  (device?.frames ?? []).filter(({ type }) => type !== 'timer.friend_activity');
