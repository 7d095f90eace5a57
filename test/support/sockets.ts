import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ClientOptions, type RawData, WebSocket } from 'ws';

import { LegacyTokens } from '../../src/identity/legacy-tokens/legacy-tokens.js';
import { ChangeStream } from '../../src/realtime/backplane/change-stream.js';
import { SignalFollower } from '../../src/signals/signal-follower.js';
import type { TestApp, TestAppOptions } from './app.js';
import { LegacyClient } from './legacy-client.js';
import { type Domain, startDomain } from './domain.js';
import { type Answer, callJson, type Person as Signed } from './people.js';
import { signUp } from './send.js';
import { timerOf } from './timers.js';

/** The clock of these tests stands at 2026-03-02T12:00:00Z. */
export const NOON = '2026-03-02T12:00:00Z';

export type Frame = Readonly<Record<string, unknown>>;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface Opening {
  /** Shown as `?token=`. */
  readonly token?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly protocols?: string[];
  readonly options?: ClientOptions;
  readonly path?: string;
}

/** A device: keeps every frame it is sent. */
export class Device {
  readonly frames: Frame[] = [];
  readonly closed: Promise<Closed>;
  /** An error of the connection: no more than what the close code tells. */
  private taken = 0;
  private barriers = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: RawData) => {
      this.frames.push(JSON.parse((data as Buffer).toString()) as Frame);
      this.wake();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.wake();
      });
    });
  }

  say(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Everything since the last time, up to now: frames leave in order, so the answer to a ping comes last. */
  async heard(): Promise<Frame[]> {
    this.barriers += 1;
    const id = `barrier-${this.barriers}`;
    this.say({ type: 'ping', id });
    await this.until(() => this.frames.some((frame) => frame['id'] === id));
    const heard = this.frames.slice(this.taken).filter((frame) => frame['id'] !== id);
    this.taken = this.frames.length;
    return heard;
  }

  /** The next frame that nobody has taken yet. */
  async next(withinMs = 5_000): Promise<Frame> {
    await this.until(() => this.frames.length > this.taken, withinMs);
    this.taken += 1;
    return this.frames[this.taken - 1] ?? {};
  }

  /** Sends a command and takes the frames up to its answer. */
  async ask(frame: Frame): Promise<Frame> {
    const id = `asked-${++this.barriers}`;
    this.say({ ...frame, id });
    await this.until(() => this.frames.some((heard) => heard['id'] === id));
    const answer = { ...this.frames.find((heard) => heard['id'] === id) };
    delete answer['id'];
    this.taken = this.frames.length;
    return answer;
  }

  /** Waits for what comes with a frame; looks when one comes or the socket closes, so that nothing waits longer than it must. */
  async until(condition: () => boolean, withinMs = 5_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${this.describe()}`);
      await this.nextFrame(deadline - Date.now());
    }
  }

  hangUp(): void {
    this.socket.terminate();
  }

  /** Cuts the connection and waits until it is closed. */
  async disconnect(): Promise<void> {
    this.hangUp();
    await this.closed;
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  private nextFrame(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs + 1);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private describe(): string {
    return `heard ${JSON.stringify(this.frames.slice(this.taken)).slice(0, 2_000)}`;
  }
}

export interface Person extends Signed {
  readonly token: string;
  readonly legacy: LegacyClient;
  /** A device that is connected; what it was told on connecting is taken. */
  connect(opening?: Omit<Opening, 'token'>): Promise<Device>;
  /** Its start is left to be looked at. */
  open(opening?: Omit<Opening, 'token'>): Promise<Device>;
}

export interface Sockets extends Domain {
  /** @param name the local part of the address, and the display name */
  signUp(name?: string): Promise<Person>;
  open(opening?: Opening): Promise<Device>;
  /** Everything that was committed has been handed to the sockets, here and by the log. */
  settle(): Promise<void>;
  later(seconds: number): void;
}

let people = 0;
const devices = new Set<Device>();

export async function startSockets(options: TestAppOptions & { clock?: Domain['clock'] } = {}): Promise<Sockets> {
  const env = { RATE_LIMIT_ENABLED: 'false', ...options.env };
  const domain = await startDomain({ ...options, env });
  return {
    ...domain,
    signUp: (name) => newPerson(domain, name),
    open: (opening) => open(domain.url, opening),
    settle: () => settle(domain),
    later: (seconds) => {
      domain.clock.ms += seconds * 1_000;
    },
  };
}

export async function settle({ app }: Pick<TestApp, 'app'>): Promise<void> {
  await app.get(SignalFollower).follow();
  await app.get(ChangeStream).follow();
  await app.get(ChangeStream).settled();
}

/** Ends what the tests of a suite have left open. */
export async function hangUpAll(spared?: Device): Promise<void> {
  const left = [...devices].filter((device) => device !== spared);
  for (const device of left) {
    device.hangUp();
    devices.delete(device);
  }
  await Promise.all(left.map(({ closed }) => closed));
}

async function newPerson(domain: Domain, given?: string): Promise<Person> {
  people += 1;
  const name = given ?? `Person ${people}`;
  const email = `person-${people}@example.com`;
  const token = await signUp(domain.url, email, { display_name: name });
  return personOf(domain, email, token);
}

async function personOf(domain: Domain, email: string, token: string): Promise<Person> {
  const rows: { id: string; code: string }[] = await domain.dataSource.query(
    `SELECT id, friend_code AS code FROM users WHERE email = $1`,
    [email],
  );
  const { id, code } = rows[0] ?? { id: '', code: '' };
  const { token: legacyToken } = await domain.app.get(LegacyTokens).issue(id);
  const openOwn = (opening: Omit<Opening, 'token'> = {}) => open(domain.url, { ...opening, token });
  return {
    id,
    email,
    code,
    token,
    legacy: new LegacyClient(domain.url, legacyToken),
    call: (method: string, path: string, body?: unknown): Promise<Answer> =>
      callJson(domain.url, method, path, { body, token }),
    open: openOwn,
    connect: async (opening) => {
      const device = await openOwn(opening);
      await device.until(() => device.frames.length >= 2);
      await device.heard();
      return device;
    },
  };
}

/** Somebody else on another instance of the same database. */
export function atOther(domain: Domain, { email, token }: Person): Promise<Person> {
  return personOf(domain, email, token);
}

export function socketUrl(url: string, { token, query, path = '/v1/ws/timers' }: Opening = {}): string {
  const parameters = new URLSearchParams({ ...(token === undefined ? {} : { token }), ...query }).toString();
  return `${url.replace('http', 'ws')}${path}${parameters === '' ? '' : `?${parameters}`}`;
}

/** @throws Refused when the handshake is refused */
export async function open(url: string, opening: Opening = {}): Promise<Device> {
  const socket = new WebSocket(socketUrl(url, opening), opening.protocols ?? [], opening.options);
  const device = new Device(socket);
  devices.add(device);
  void device.closed.then(() => devices.delete(device));
  await new Promise<void>((resolve, reject) => {
    socket.on('open', () => {
      resolve();
    });
    socket.on('error', reject);
  });
  return device;
}

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const HANDSHAKE = {
  Host: 'timers.example',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};

/** What a handshake of exactly these headers is answered with, as bytes; the peer ends the connection. */
export async function knock(url: string, target: string, headers: Record<string, string> = {}): Promise<Refusal> {
  const socket = raw(url);
  const lines = Object.entries({ ...HANDSHAKE, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (Buffer.concat(chunks).includes('HTTP/1.1 101')) socket.destroy();
  });
  await once(socket, 'close');
  return parsed(Buffer.concat(chunks).toString());
}

export function raw(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port) }).on('error', () => undefined);
}

function parsed(text: string): Refusal {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [line.split(': ')[0]?.toLowerCase(), line.split(': ').slice(1).join(': ')]);
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: body.startsWith('{') ? JSON.parse(body) : body,
  };
}

export const aChangeId = expect.stringMatching(/^[\w-]+$/) as string;
/** A Timer object (docs/spec/v1.md#51-timer-object) as it is just after its start at noon, with what differs. */
export const timerObject: (owner: { readonly id: string }, differing?: Frame) => Frame = timerOf;

export const anId = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;

/** Starts a timer over REST. @returns its id */
export async function startTimer(person: Person, body: Frame = {}): Promise<string> {
  const { status, body: made } = await person.call('POST', '/v1/timers', { allocated_duration: 1_500, ...body });
  expect(status).toBe(201);
  return (made as { id: string }).id;
}
