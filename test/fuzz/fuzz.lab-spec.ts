import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Random } from '../crash/random.js';
import { type Device, type Frame, hangUpAll, open } from '../support/sockets.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Call, calls, checkers, kindIn, Known, KIND_OF, type Word, words } from './documents.js';
import { type Json, Mutator } from './mutator.js';

/** `npm run lab -- fuzz CASES` takes any number. */
const CASES = Number(process.env['FUZZ_CASES'] ?? 20_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const ASKERS = 8;
const TALKERS = 3;
/** How often a talker does not read for a while. */
const SLOW = 0.03;
/** Bytes of heap that may stay behind after all of it. */
const MAX_GROWTH = 64 * 1024 * 1024;
/** Calls that end the caller's session, and calls that cost a password hash: somebody else makes them, now and then. */
const ENDS_SESSION = /auth\/(logout|password|sessions)|users\/me$/;
const COSTLY = /auth\/(signup|login|password)|user\/token|export|calendar/;

const random = new Random(SEED);
const mutator = new Mutator(random);
const known = new Known();
const counts = new Map<string, number>();
const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

let app: TestApp;
let folder: string;
let token: string;
let spareToken: string;
let legacyToken: string;
let hostToken: string;
/** Where sockets are: no call deletes it. */
let socketRoomId: string;
let documents: Awaited<ReturnType<typeof checkers>>;
const wrong: string[] = [];

/** What the log tells of a failure: its class and place. */
function noteFailure(line: string): void {
  if (line.includes('unexpected error')) wrong.push(line.slice(0, 1_500));
}

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Json> {
  const sent = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
  return (await (await fetch(app.url + path, sent)).json()) as Json;
}

async function signUp(): Promise<string> {
  const body = { email: `fuzz-${Math.floor(random.next() * 1e12)}@example.com`, password: 'correct horse' };
  const { access_token: made } = await post('/v1/auth/signup', body);
  legacyToken = (await post('/v1/user/token/', { username: body.email, password: body.password }))['token'] as string;
  return made as string;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metronome-fuzz-'));
  const env = {
    RATE_LIMIT_ENABLED: 'false',
    DATA_DIR: folder,
    WS_MAX_PER_USER: '1000',
    METRICS_ENABLED: 'false',
    // A million cases take longer than a token lasts.
    JWT_ACCESS_TTL: '1d',
  };
  app = await startTestApp({ env, logTo: { write: noteFailure } });
  spareToken = await signUp();
  token = await signUp();
  const { data } = (await post('/api/v1/rooms', { room_name: 'fuzz' })) as { data: Json };
  known.add('rooms', data['room_id']);
  const { data: spared } = (await post('/api/v1/rooms', { room_name: 'talk' })) as { data: Json };
  socketRoomId = spared['room_id'] as string;
  documents = await checkers();
  hostToken = data['host_token'] as string;
  const as = { Authorization: `Bearer ${token}` };
  known.add('groups', (await post('/v1/tags/groups', { name: 'g', color: '#fff' }, as))['id']);
  known.add(
    'tags',
    (await post('/v1/tags', { name: 't', color: '#fff', group_id: known.pick(random, 'groups') }, as))['id'],
  );
  known.add('timers', (await post('/v1/timers', { allocated_duration: 60 }, as))['id']);
});

afterAll(async () => {
  await hangUpAll();
  await app.close();
  rmSync(folder, { recursive: true });
});

/** A path with parts that exist, mostly. */
function pathOf({ path, query }: Call): string {
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    if (random.next() < 0.1) return segment(mutator.oddity());
    if (name === 'resource_type') return random.pick(['timer', 'todo', 'schedule']);
    return known.pick(random, KIND_OF[name] ?? (path.includes('visibility') ? 'timers' : kindIn(path)));
  });
  const parameters = new URLSearchParams();
  for (const name of query) {
    if (random.next() < 0.2)
      parameters.append(name, textOf(random.next() < 0.5 ? mutator.oddity() : plain(name)).slice(0, 500));
  }
  const text = parameters.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

/** No part is empty: that would be another path. */
const segment = (value: unknown): string =>
  encodeURIComponent(`${textOf(value)}x`.slice(0, 300).replaceAll(/\p{Surrogate}/gu, ''));

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const PLAIN: { readonly [name: string]: string | undefined } = {
  limit: '3',
  scope: 'all',
  timezone: 'Asia/Seoul',
  start_date: '2026-01-01',
  end_date: '2026-12-31',
  from: '2026-11-01',
  to: '2026-11-30',
  tag_include_mode: 'timer_only',
};
const plain = (name: string): string => PLAIN[name] ?? 'true';

function credentials({ path }: Call): Record<string, string> {
  const choice = random.next();
  if (choice < 0.04) return {};
  if (choice < 0.08) return { Authorization: `Bearer ${token.slice(0, -3)}abc` };
  if (path.startsWith('/v1/user/')) return { Authorization: `Token ${legacyToken}` };
  if (path.startsWith('/api/v1/')) return random.next() < 0.5 ? { 'X-Host-Token': hostToken } : {};
  return { Authorization: `Bearer ${ENDS_SESSION.test(path) ? spareToken : token}` };
}

const allCalls = calls();

async function callOnce(): Promise<void> {
  const call = random.pick(allCalls);
  if (COSTLY.test(call.path) && random.next() > 0.1) return callOnce();
  const example = call.examples.length > 0 ? known.fill(random, random.pick(call.examples)) : undefined;
  const body = example === undefined || random.next() < 0.5 ? example : mutator.mutate(example);
  const isSent = body !== undefined && call.method !== 'GET';
  const type =
    random.next() < 0.97 ? 'application/json' : random.pick(['text/plain', 'application/json; charset=utf-16', 'x']);
  const headers = {
    ...credentials(call),
    ...(isSent ? { 'Content-Type': type } : {}),
    ...(random.next() < 0.1 ? { 'Idempotency-Key': `a-key-of-the-fuzzer-${random.between(0, 400)}` } : {}),
  };
  const path = pathOf(call);
  const sent = isSent ? { body: new Uint8Array(mutator.encode(body)) } : {};
  const answer = await fetch(app.url + path, { method: call.method, headers, redirect: 'manual', ...sent });
  const text = await answer.text();
  await judge(call, path, answer, text);
}

async function judge(call: Call, path: string, answer: Response, text: string): Promise<void> {
  const { status, headers } = answer;
  const isJson = headers.get('content-type')?.includes('json') === true;
  const body = isJson && text !== '' ? (JSON.parse(text) as Json) : text;
  count(`${call.method} ${call.path} ${Math.floor(status / 100)}xx`);
  if (status !== 401) count('authenticated');
  if (reachesDomain(status, body)) count('reached the domain');
  if (status >= 500) wrong.push(`${call.method} ${path}: ${status} ${text.slice(0, 200)}`);
  if (status === 201)
    known.add(kindIn(call.path), ((body as Json)['data'] as Json | undefined)?.['room_id'] ?? (body as Json)['id']);
  // A call that hands out a secret says no-store of its refusals too, which is nobody's concern.
  const shown = Object.fromEntries([...headers].filter(([name]) => status < 400 || name !== 'cache-control'));
  documents.answers.check({
    method: call.method,
    path: path.split('?')[0],
    status,
    headers: shown,
    body,
  });
  if (status === 401 && ENDS_SESSION.test(call.path) && random.next() < 0.05) spareToken = await signUp();
}

/** Beyond routing, authentication and validation. */
const reachesDomain = (status: number, body: unknown): boolean => {
  if (status < 300 || status === 403 || status === 409) return true;
  const { error_type: type, error } = (body ?? {}) as { error_type?: string; error?: { code?: string } };
  return (status === 404 || status === 400) && (type !== undefined || error?.code === 'ROOM_NOT_FOUND');
};

const allWords = words();
let pings = 0;

/** Says one thing after the other, each followed by a ping: what comes before the pong is its answer. */
class Talker {
  private readonly devices = new Map<string, Device>();

  async sayOnce(): Promise<void> {
    const { operation, example }: Word = random.pick(allWords);
    const device = await this.deviceFor(operation);
    const filled = known.fill(random, example);
    const sent = mutator.encode(random.next() < 0.5 ? filled : mutator.mutate(filled));
    if (random.next() < SLOW) await this.sayWithoutReading(device, sent);
    device.say(sent);
    const id = `ping-${++pings}`;
    device.say({ type: 'ping', action: 'ping', id });
    const isAnswered = () => device.frames.some((frame) => frame['id'] === id) || device.socket.readyState !== 1;
    await device.until(isAnswered, 10_000);
    count(`frame ${operation}`);
    for (const frame of device.frames.splice(0)) judgeFrame(`${operation} ${sent.toString().slice(0, 500)}`, frame);
  }

  /** A peer that asks on and takes its answers later; it may be cut off for it. */
  private async sayWithoutReading(device: Device, sent: Buffer): Promise<void> {
    device.socket.pause();
    for (let time = 0; time < 20; time += 1) device.say(sent);
    await sleep(random.between(0, 50));
    device.socket.resume();
    count('a peer that does not read');
  }

  /** What was broadcast since the last ping is the test's to keep, not the server's. */
  forget(): void {
    for (const { frames } of this.devices.values()) frames.length = 0;
  }

  private async deviceFor(operation: string): Promise<Device> {
    const there = this.devices.get(operation);
    if (there?.socket.readyState === 1) return there;
    const [endpoint, dialect = ''] = operation.split('.');
    const room = { path: `/ws/room/${socketRoomId}`, query: { dialect } };
    const device = await open(app.url, endpoint === 'room' ? room : { token, query: { dialect } });
    this.devices.set(operation, device);
    return device;
  }
}

function judgeFrame(operation: string, frame: Frame): void {
  const { code } = (frame['error'] ?? frame['payload'] ?? {}) as { code?: string };
  if (code === 'HANDLER_ERROR' || code === 'INTERNAL_ERROR') wrong.push(`${operation}: ${JSON.stringify(frame)}`);
  const [endpoint] = operation.split('.');
  documents.frames.check({ kind: 'frame', endpoint, direction: 'toClient', isMeant: true, frame });
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heap = (): number => {
  for (const talker of talkers) talker.forget();
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

let done = 0;
/** The same from beginning to end: a device that nobody listens to any more would keep everything it is told. */
const talkers = Array.from({ length: TALKERS }, () => new Talker());

/** Most ask, some talk, until so many cases are done. */
async function work(upTo: number): Promise<void> {
  const loop = async (act: () => Promise<void>): Promise<void> => {
    while (done < upTo) {
      done += 1;
      await act();
    }
  };
  const askers = Array.from({ length: ASKERS }, () => loop(callOnce));
  await Promise.all([...askers, ...talkers.map((talker) => loop(() => talker.sayOnce()))]);
}

function report(seconds: number, grown: number): void {
  const lines = [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, times]) => `${times} ${name}`);
  process.stdout.write(
    `${lines.join('\n')}\nFUZZ_SEED=${SEED}: ${done} cases in ${seconds.toFixed(1)} s, ${(grown / 2 ** 20).toFixed(1)} MiB of heap stay\n`,
  );
}

it(
  'whatever is sent: no failure of ours, answers as documented, memory flat',
  async () => {
    const started = performance.now();
    await work(Math.ceil(CASES / 5));
    const before = heap();
    await work(CASES);
    const grown = heap() - before;
    report((performance.now() - started) / 1_000, grown);
    const asked = done - [...counts].reduce((sum, [name, times]) => sum + (name.startsWith('frame') ? times : 0), 0);
    expect(wrong).toEqual([]);
    expect([...documents.answers.problems, ...documents.frames.problems]).toEqual([]);
    expect((counts.get('authenticated') ?? 0) / asked).toBeGreaterThan(1 / 2);
    expect((counts.get('reached the domain') ?? 0) / asked).toBeGreaterThan(1 / 3);
    expect(grown).toBeLessThan(MAX_GROWTH);
  },
  CASES * 200 + 120_000,
);
