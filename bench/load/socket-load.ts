import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WebSocket } from 'ws';

import { serveJobs } from '../harness/serve-jobs.js';
import type { Window } from '../harness/worker-process.js';
import { ReceivedFrames } from './received-frames.js';

/** One socket. */
export interface SocketTarget {
  readonly url: string;
  /** Shown as the subprotocol `authorization.bearer.<token>`, as browsers do. */
  readonly token?: string;
}

/** Commands that one socket sends in turn, over and over, the next when the one before has been answered. */
export interface SocketCaller extends SocketTarget {
  readonly frames: readonly { readonly text: string; readonly answeredBy: string }[];
}

/** Commands on all sockets at once, counted between two moments while the load goes on. */
export interface CommandsJob {
  readonly kind: 'commands';
  readonly callers: readonly SocketCaller[];
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Opens sockets that stay open until they are closed by the next such job. */
export interface OpenJob {
  readonly kind: 'open';
  readonly sockets: readonly SocketTarget[];
  /**
   * Only note what comes and when, and take it apart when it is asked for: what one socket costs here delays the next, and
   * would be measured. They answer no pings, so they live for less than a minute.
   */
  readonly recording?: boolean;
}

/** Waits until each open socket has been sent so many frames that include a text, and tells when each came. */
export interface AwaitJob {
  readonly kind: 'await';
  readonly includes: string;
  readonly frames: number;
  readonly withinMs: number;
}

/** Forgets what was noted so far, and clears up. */
export interface ForgetJob {
  readonly kind: 'forget';
}

/** Asks which numbers each recording socket has been told since it was last asked, and when it was first told each. */
export interface HeardJob {
  readonly kind: 'heard';
  /** What a number stands behind: `"revision":`. */
  readonly before: string;
}

export type SocketJob = CommandsJob | OpenJob | AwaitJob | ForgetJob | HeardJob;

export interface CommandsReport {
  readonly seconds: number;
  readonly latencies: Float32Array;
  readonly answers: number;
  readonly busy: number;
}

/** Of each socket the moment of its last awaited frame, milliseconds since the epoch. */
export type ArrivalReport = Float64Array;

/** Of each socket each number and the milliseconds since the epoch at which it was first told it. */
export type HeardReport = (readonly [number: number, at: number])[][];

const OPEN_AT_ONCE = 100;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let sockets: WebSocket[] = [];
/** Those of them that are watched. */
let watching: Watcher[] = [];
const received = new ReceivedFrames();

/** A socket that only listens. */
class Watcher {
  private texts: { text: string; at: number }[] = [];
  private wake: (() => void) | undefined;

  constructor(socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.texts.push({ text: data.toString('latin1'), at: performance.timeOrigin + performance.now() });
      this.wake?.();
    });
  }

  /** @returns when the last of the awaited frames came; what came before them is forgotten */
  async arrival({ includes, frames }: AwaitJob): Promise<number> {
    for (;;) {
      const found = this.texts.filter(({ text }) => text.includes(includes));
      if (found.length >= frames) {
        this.texts = [];
        return found[frames - 1]?.at ?? NaN;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/**
 * Frames as they lie in the stream: their text is readable in between, since servers do not mask it. Pings are not seen,
 * so whoever is noted gives a sign of life in between ({@link forget}).
 */
function record(socket: WebSocket, index: number): void {
  const stream = (socket as unknown as { _socket: Socket })._socket;
  stream.removeAllListeners('data').on('data', (data: Buffer) => {
    received.add(index, data);
  });
}

function heard({ before }: HeardJob): HeardReport {
  const first = sockets.map(() => new Map<number, number>());
  for (const { socket, at, text } of received.drain()) {
    for (const part of text.split(before).slice(1)) {
      const number = parseInt(part, 10);
      if (first[socket]?.has(number) === false) first[socket].set(number, at);
    }
  }
  return first.map((numbers) => [...numbers]);
}

async function open({ url, token }: SocketTarget): Promise<WebSocket> {
  const protocols = token === undefined ? [] : [`authorization.bearer.${token}`];
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

async function openAll({ sockets: targets, recording }: OpenJob): Promise<void> {
  for (const socket of sockets) socket.terminate();
  [sockets, watching] = [[], []];
  received.clear();
  for (let first = 0; first < targets.length; first += OPEN_AT_ONCE) {
    const opened = await Promise.all(targets.slice(first, first + OPEN_AT_ONCE).map(open));
    if (recording === true)
      opened.forEach((socket, index) => {
        record(socket, first + index);
      });
    else watching.push(...opened.map((socket) => new Watcher(socket)));
    sockets.push(...opened);
  }
}

async function arrivals(job: AwaitJob): Promise<ArrivalReport> {
  const late = sleep(job.withinMs, undefined, { ref: false }).then(() => {
    throw new Error(`not every socket was told ${job.includes} within ${job.withinMs} ms`);
  });
  return Float64Array.from(await Promise.race([Promise.all(watching.map((watcher) => watcher.arrival(job))), late]));
}

async function callAll(job: CommandsJob, window: Window): Promise<CommandsReport> {
  const latencies: number[] = [];
  let finishing = false;
  const opened = await Promise.all(job.callers.map(open));
  // What a newcomer is told is no answer.
  await sleep(200);
  const running = Promise.all(
    job.callers.map((caller, index) => callInTurn(opened[index] as WebSocket, caller, latencies, () => finishing)),
  );
  await Promise.race([running, sleep(job.warmUpMs)]);
  window.begins();
  const [from, began, loop] = [latencies.length, performance.now(), performance.eventLoopUtilization()];
  await Promise.race([running, sleep(job.measureMs)]);
  const [to, seconds] = [latencies.length, (performance.now() - began) / 1_000];
  const { utilization: busy } = performance.eventLoopUtilization(loop);
  window.ends();
  finishing = true;
  await running;
  for (const socket of opened) socket.terminate();
  return { seconds, busy, answers: latencies.length, latencies: Float32Array.from(latencies.slice(from, to)) };
}

/** Each answer has to be the one that the command is due; other frames are none. */
function callInTurn(
  socket: WebSocket,
  { frames }: SocketCaller,
  latencies: number[],
  isFinishing: () => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let [turn, sentAt] = [0, 0];
    const send = () => {
      sentAt = performance.now();
      socket.send(frames[turn]?.text ?? '');
    };
    socket.on('close', () => {
      reject(new Error('the server hung up'));
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      if (text.includes('"error"')) reject(new Error(`a wrong answer: ${text.slice(0, 500)}`));
      if (!text.includes(frames[turn]?.answeredBy ?? '')) return;
      latencies.push(performance.now() - sentAt);
      turn = (turn + 1) % frames.length;
      if (isFinishing()) resolve();
      else send();
    });
    send();
  });
}

serveJobs((job, window) => {
  const asked = job as SocketJob;
  if (asked.kind === 'commands') return callAll(asked, window);
  if (asked.kind === 'open') return openAll(asked);
  if (asked.kind === 'await') return arrivals(asked);
  if (asked.kind === 'heard') return Promise.resolve(heard(asked));
  forget();
  return Promise.resolve();
});

function forget(): void {
  for (const socket of sockets) socket.pong();
  received.clear();
  collectGarbage();
}
