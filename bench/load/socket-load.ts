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
  /** Sent as the subprotocol `authorization.bearer.<token>`, as browsers do. */
  readonly token?: string;
}

/** Commands that one socket sends in turn, repeatedly, each after the reply to the one before. */
export interface SocketCaller extends SocketTarget {
  readonly frames: readonly { readonly text: string; readonly answeredBy: string }[];
}

/** Sends commands on all sockets at once and counts replies between two moments of the run. */
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
   * Records raw data with its time of arrival and parses it later, because work for one socket here would delay the
   * next and count as latency. Such sockets answer no pings, so they live for less than a minute.
   */
  readonly recording?: boolean;
}

/**
 * Waits until each open socket has received this many frames that include a text. The report has their times of
 * arrival.
 */
export interface AwaitJob {
  readonly kind: 'await';
  readonly includes: string;
  readonly frames: number;
  readonly withinMs: number;
}

/** Discards the recorded frames and collects garbage. */
export interface ResetJob {
  readonly kind: 'reset';
}

/** Reports the numbers that each recording socket received since the last such job, with the first time of each. */
export interface FirstArrivalsJob {
  readonly kind: 'firstArrivals';
  /** The text that precedes a number, for example `"revision":`. */
  readonly before: string;
}

export type SocketJob = CommandsJob | OpenJob | AwaitJob | ResetJob | FirstArrivalsJob;

export interface CommandsReport {
  readonly seconds: number;
  readonly latencies: Float32Array;
  readonly answers: number;
  readonly busy: number;
}

/** For each socket the time of its last awaited frame, milliseconds since the epoch. */
export type ArrivalReport = Float64Array;

/** For each socket its numbers, each with the time at which it first arrived, milliseconds since the epoch. */
export type FirstArrivalsReport = (readonly [number: number, at: number])[][];

const OPEN_AT_ONCE = 100;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let sockets: WebSocket[] = [];
/** The sockets that do not record. */
let watching: Watcher[] = [];
const received = new ReceivedFrames();

/** A socket that receives only. */
class Watcher {
  private texts: { text: string; at: number }[] = [];
  private wake: (() => void) | undefined;

  constructor(socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.texts.push({ text: data.toString('latin1'), at: performance.timeOrigin + performance.now() });
      this.wake?.();
    });
  }

  /** Forgets all frames received before. @returns when the last of the awaited frames arrived */
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
 * Records the byte stream. The text of frames is readable in it, because servers do not mask. Pings are not seen, so
 * {@link reset} sends a pong in between.
 */
function record(socket: WebSocket, index: number): void {
  const stream = (socket as unknown as { _socket: Socket })._socket;
  stream.removeAllListeners('data').on('data', (data: Buffer) => {
    received.add(index, data);
  });
}

function firstArrivals({ before }: FirstArrivalsJob): FirstArrivalsReport {
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
    throw new Error(`not every socket received ${job.includes} within ${job.withinMs} ms`);
  });
  return Float64Array.from(await Promise.race([Promise.all(watching.map((watcher) => watcher.arrival(job))), late]));
}

async function callAll(job: CommandsJob, window: Window): Promise<CommandsReport> {
  const latencies: number[] = [];
  let finishing = false;
  const opened = await Promise.all(job.callers.map(open));
  // Wait for the frames of a new connection, which are no replies.
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

/** Counts only the reply that the command expects; other frames are ignored. */
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
      reject(new Error('the server closed the connection'));
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      if (text.includes('"error"')) reject(new Error(`an unexpected response: ${text.slice(0, 500)}`));
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
  if (asked.kind === 'firstArrivals') return Promise.resolve(firstArrivals(asked));
  reset();
  return Promise.resolve();
});

function reset(): void {
  for (const socket of sockets) socket.pong();
  received.clear();
  collectGarbage();
}
