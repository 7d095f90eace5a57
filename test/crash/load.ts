import type { Control } from '../support/control.js';
import { type Json, type PersonalDevice, type RoomTab, send, type TimerSeen } from './clients.js';
import type { Ledger } from './ledger.js';
import type { Random } from './random.js';

export interface Person {
  readonly id: string;
  readonly token: string;
  readonly legacyToken: string;
  readonly devices: readonly PersonalDevice[];
}

export interface Room {
  readonly id: string;
  readonly tabs: readonly RoomTab[];
}

export interface Scene {
  readonly url: string;
  readonly control: Control;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly people: readonly Person[];
  readonly rooms: readonly Room[];
  /** Where only the ticker acts. */
  readonly quietRoom: Room;
  /** The server has gone. */
  readonly isOver: () => boolean;
  /** Moves the clock on. */
  readonly later: (seconds: number) => Promise<void>;
}

const VERBS = { pause: 'PATCH', resume: 'PATCH', stop: 'POST', cancel: 'POST' } as const;
const ROOM_VERBS = ['start', 'start', 'pause', 'resume', 'reset'] as const;

/** Everybody does what they do, all at once, until the server is gone. */
export async function load(scene: Scene): Promise<void> {
  const people = scene.people.flatMap((person) => [
    repeat(scene, () => legacyApp(scene, person)),
    repeat(scene, () => restClient(scene, person)),
    repeat(scene, () => device(scene, person)),
  ]);
  const rooms = scene.rooms.flatMap((room) => [
    repeat(scene, () => roomByRest(scene, room)),
    repeat(scene, () => roomBySocket(scene, room)),
  ]);
  await Promise.all([...people, ...rooms, repeat(scene, () => time(scene))]);
}

async function repeat({ isOver }: Scene, act: () => Promise<unknown>): Promise<void> {
  while (!isOver()) {
    await act().catch(() => undefined);
    // A client that was refused at once still leaves the others their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function legacyApp({ url, random, ledger }: Scene, { id, legacyToken }: Person): Promise<void> {
  const headers = { Authorization: `Token ${legacyToken}` };
  const title = `title-${Math.floor(random.next() * 1e12)}`;
  ledger.titlesSent.add(title);
  const started = await send(url, 'POST', '/v1/user/timer/start/', { body: { title }, headers });
  if (started === undefined) ledger.unknown += 1;
  if (started?.status === 200) ledger.titlesAcknowledged.add(title);
  const stopped = await send(url, 'POST', '/v1/user/timer/stop/', { headers });
  if (stopped === undefined) ledger.unknown += 1;
  if (stopped?.status === 200) ledger.noteStop(id);
}

async function restClient({ url, random, ledger }: Scene, { token }: Person): Promise<void> {
  const headers: { [name: string]: string } = { Authorization: `Bearer ${token}` };
  const made = await send(url, 'POST', '/v1/timers', { body: { allocated_duration: 1_500 }, headers });
  if (made === undefined) ledger.unknown += 1;
  if (made?.status !== 201) return;
  const timer = made.body as unknown as TimerSeen;
  ledger.note(timer.id, timer.revision, 'start');
  for (const verb of journey(random)) {
    // Half of them could be repeated, which takes another way through the server.
    const isKeyed = random.next() < 0.5;
    const sent = isKeyed ? { ...headers, 'Idempotency-Key': `${timer.id}-${random.next()}` } : headers;
    const [method, path] = [VERBS[verb], `/v1/timers/${timer.id}/${verb}`];
    const answer = await send(url, method, path, { headers: sent });
    if (answer === undefined) ledger.unknown += 1;
    if (isKeyed) ledger.keyed.push({ timerId: timer.id, verb, method, path, headers: sent, answer });
    if (answer?.status === 200) ledger.note(timer.id, answer.body['revision'], verb);
  }
}

async function device({ random, ledger }: Scene, { devices }: Person): Promise<void> {
  const said = random.pick(devices);
  const made = await said.command('timer.create', { allocated_duration: 60 });
  if (made === undefined) ledger.unknown += 1;
  const timer = timerIn(made);
  if (timer === undefined) return;
  ledger.note(timer.id, timer.revision, 'start');
  for (const verb of journey(random)) {
    const answer = await random.pick(devices).command(`timer.${verb}`, { timer_id: timer.id });
    if (answer === undefined) ledger.unknown += 1;
    const after = timerIn(answer);
    if (after) ledger.note(timer.id, after.revision, verb);
  }
}

const timerIn = (frame: Json | undefined): TimerSeen | undefined =>
  (frame?.['payload'] as { timer?: TimerSeen } | undefined)?.timer;

/** What happens to one timer: most end, some stay as they are. */
function journey(random: Random): (keyof typeof VERBS)[] {
  const pauses = Array.from({ length: random.between(0, 3) }, () => ['pause', 'resume'] as const).flat();
  return [...pauses, ...(random.next() < 0.8 ? [random.pick(['stop', 'cancel'] as const)] : [])];
}

async function roomByRest({ url, random, ledger }: Scene, { id }: Room): Promise<void> {
  const verb = random.pick(ROOM_VERBS);
  const answer = await send(url, 'POST', `/api/v1/rooms/${id}/timer/${verb}`, verb === 'start' ? { body: {} } : {});
  if (answer === undefined) ledger.unknown += 1;
  // A reset of a room that was idle changes nothing, and says so with the revision that was there.
  if (answer?.status === 200 && verb !== 'reset') ledger.note(id, (answer.body['data'] as Json)['revision'], verb);
}

async function roomBySocket({ random, ledger }: Scene, { id, tabs }: Room): Promise<void> {
  const verb = random.pick(ROOM_VERBS);
  const answer = await random.pick(tabs).command(`${verb}_timer`, verb === 'start' ? { session_type: 'work' } : {});
  if (answer === undefined) ledger.unknown += 1;
  const state = answer?.['event'] === 'timer_update' ? (answer['data'] as Json) : undefined;
  if (state && verb !== 'reset') ledger.note(id, state['revision'], verb);
}

/** A minute or a few go by, and the ticker looks; a room that nobody else uses is left to it. */
async function time({ url, random, ledger, control, quietRoom, later }: Scene): Promise<void> {
  const started = await send(url, 'POST', `/api/v1/rooms/${quietRoom.id}/timer/start`, { body: {} });
  if (started?.status === 200) ledger.note(quietRoom.id, (started.body['data'] as Json)['revision'], 'start');
  await new Promise((resolve) => setTimeout(resolve, random.between(5, 40)));
  await later(random.pick([1, 30, 61, 130, 200]));
  await control.sweep();
}
