import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

import { serveJobs } from '../harness/serve-jobs.js';
import type { Answers, AttackerJob, Frames, HttpCall, Load, Requests } from './load.js';
import { atRate } from './pace.js';

/** Connections of the attacker's requests. */
const CONNECTIONS = 16;
/** Sockets opened at once from each address: below the handshake limit. */
const OF_ADDRESS = 100;
const TURN_MS = 10;
const ANSWERED_WITHIN_MS = 2_000;

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
let answers: Record<string, number> = {};
/** Requests without an answer so far. */
let pending = 0;
let target = { port: 0, address: '' };
let load: Load | undefined;
let sockets: WebSocket[] = [];
const plain = new Set<Socket>();

/** The attacking client, in its own process. */
serveJobs(async (given) => {
  const job = given as AttackerJob;
  if (job.kind === 'prepare') await prepare(job);
  else if (job.kind === 'attack') return attack(job.forMs, job.warmUpMs);
  else await clear();
  return undefined;
});

async function prepare(job: Extract<AttackerJob, { kind: 'prepare' }>): Promise<void> {
  [target, load, answers, pending] = [{ port: job.port, address: job.address }, job.load, {}, 0];
  if (load.kind !== 'frames' && load.kind !== 'cut') return;
  for (let first = 0; first < load.sockets.length; first += OF_ADDRESS) {
    const localAddress = neighbour(target.address, first / OF_ADDRESS);
    const opening = load.sockets.slice(first, first + OF_ADDRESS).map((path) => opened(path, localAddress));
    sockets.push(...(await Promise.all(opening)));
  }
  if (load.kind === 'frames' && !load.reads) for (const socket of sockets) socket.pause();
}

async function attack(forMs: number, warmUpMs: number): Promise<Answers> {
  if (load?.kind === 'requests') await sendRequests(load, forMs);
  else if (load?.kind === 'frames') await sendFrames(load, forMs);
  else if (load?.kind === 'handshakes') await shakeHands(load.path, load.perSecond, forMs);
  else if (load?.kind === 'connections') await atRate(load.perSecond, forMs, hold);
  else if (load?.instead) await sendRequests(load.instead, forMs);
  else await cut(forMs, warmUpMs);
  for (let waited = 0; pending > 0 && waited < ANSWERED_WITHIN_MS; waited += TURN_MS) await sleep(TURN_MS);
  if (pending > 0) count('not answered', pending);
  return answers;
}

/** Closes everything that is open. */
async function clear(): Promise<void> {
  for (const socket of sockets) socket.terminate();
  for (const socket of plain) socket.destroy();
  agent.destroy();
  sockets = [];
  plain.clear();
  await sleep(100);
}

function sendRequests({ calls, perSecond }: Requests, forMs: number): Promise<void> {
  let turn = 0;
  return atRate(perSecond, forMs, () => {
    send(calls[turn++ % calls.length] as HttpCall);
  });
}

function send({ method, path, headers, body }: HttpCall): void {
  const { port, address: localAddress } = target;
  const call = request({
    ...{ host: '127.0.0.1', port, localAddress, agent, method, path },
    headers: { ...headers, ...(body ? { 'Content-Length': body.length } : {}) },
  });
  pending += 1;
  call.on('response', (response) => {
    pending -= 1;
    count(String(response.statusCode));
    response.resume();
  });
  call.on('error', () => {
    pending -= 1;
    count('cut');
  });
  call.end(body);
}

function sendFrames({ texts, perSecond }: Frames, forMs: number): Promise<void> {
  let turn = 0;
  return atRate(perSecond, forMs, () => {
    const socket = sockets[turn % sockets.length] as WebSocket;
    const text = texts[turn++ % texts.length] as string;
    // Bounds the attacker's own memory while the server does not read.
    if (socket.bufferedAmount < 1_000_000 && socket.readyState === WebSocket.OPEN) socket.send(text);
  });
}

function shakeHands(path: string, perSecond: number, forMs: number): Promise<void> {
  return atRate(perSecond, forMs, () => {
    const socket = open(path, target.address);
    socket.on('open', () => {
      count('101');
    });
    sockets.push(socket);
  });
}

function hold(): void {
  const socket = connect({ host: '127.0.0.1', port: target.port, localAddress: target.address });
  plain.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (plain.has(socket)) count('cut');
  });
}

async function cut(forMs: number, warmUpMs: number): Promise<void> {
  await sleep(warmUpMs);
  count('cut by us', sockets.length);
  for (const socket of sockets) socket.terminate();
  await sleep(forMs - warmUpMs);
}

async function opened(path: string, localAddress: string): Promise<WebSocket> {
  const socket = open(path, localAddress);
  await once(socket, 'open');
  return socket;
}

function open(path: string, localAddress: string): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${target.port}${path}`, { localAddress, perMessageDeflate: false });
  socket.on('error', () => undefined);
  socket.on('unexpected-response', (call, response) => {
    count(String(response.statusCode));
    call.destroy();
  });
  return socket;
}

const count = (what: string, times = 1): void => {
  answers[what] = (answers[what] ?? 0) + times;
};

/** Another address of the same /24 of the loopback. */
const neighbour = (address: string, by: number): string => address.replace(/\d+$/, (last) => String(Number(last) + by));
