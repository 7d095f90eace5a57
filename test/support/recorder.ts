import { appendFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { WebSocket } from 'ws';

import { parseJson } from '../../src/common/validation/parse-json.js';
import { shapeOf, trimmed } from './shape.js';

/**
 * Writes down what the server answers and what is said on sockets, for `test/recorded/check-api-docs.mjs` to hold against the
 * documents: one line for each shape of each suite, into the folder `API_RECORDINGS`. Without it nothing is recorded.
 */
const FOLDER = process.env['API_RECORDINGS'];
const MAX_BODY = 256 * 1024;

const known = new Set<string>();

function write(record: object, ...kind: readonly unknown[]): void {
  const key = kind.map((part) => (typeof part === 'string' ? part : shapeOf(part))).join(' ');
  if (FOLDER === undefined || known.has(key)) return;
  known.add(key);
  appendFileSync(join(FOLDER, `${process.pid}.jsonl`), `${JSON.stringify(record)}\n`);
}

/** Writes down what an application logs, for `test/recorded/check-logs.mjs` to look for secrets in. */
export function recordLog(): { write(line: string): void } | undefined {
  if (FOLDER === undefined) return undefined;
  const file = join(FOLDER, `${process.pid}.log`);
  return {
    write: (line) => {
      appendFileSync(file, line);
    },
  };
}

/** Listens to an application; to be called before anything else is put into it. */
export function recordAnswers(app: NestExpressApplication): void {
  if (FOLDER === undefined) return;
  app.use((request: Request, response: Response, next: NextFunction) => {
    const sent = collect(request, 'push');
    const answered = collect(response, 'write', 'end');
    const path = request.originalUrl.split('?')[0] ?? '';
    response.on('finish', () => {
      const { method } = request;
      const headers = { ...response.getHeaders() };
      const isAccepted = response.statusCode < 300 && method !== 'GET';
      const asked = isAccepted ? { type: request.get('content-type') ?? null, body: sent() } : undefined;
      // The same answer is seen uncompressed in other tests.
      const body = headers['content-encoding'] === undefined ? answered() : undefined;
      note({ method, path, status: response.statusCode, headers, body, ...(asked ? { asked } : {}) });
    });
    next();
  });
}

/** Listens to handshakes, and to every socket that a test opens. */
export function recordSockets(server: Server): void {
  if (FOLDER === undefined) return;
  server.prependListener('upgrade', recordHandshake);
  listenToClients();
}

interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
  readonly asked?: { readonly type: string | null; readonly body: string | undefined };
}

function note({ body, asked, ...answer }: Answered): void {
  const record = {
    kind: 'http',
    ...answer,
    body: content(body, answer.headers['content-type']),
    ...(asked ? { asked: { type: asked.type, body: content(asked.body, asked.type, parseJson) } } : {}),
  };
  const route = answer.path.replace(/[^/]*\d[^/]*/g, (part) => (/^v\d$/.test(part) ? part : '*'));
  const names = Object.keys(answer.headers).sort().join();
  const type = String(answer.headers['content-type']);
  write(record, 'http', answer.method, route, String(answer.status), names, type, record.body, record.asked ?? '');
}

/**
 * JSON as its value, another text as it is; undefined for what was too large to keep.
 * @param parse of what the server was sent, it reads no more than this
 */
function content(
  text: string | undefined,
  type: unknown,
  parse: (text: string) => unknown = (json) => JSON.parse(json) as unknown,
): unknown {
  if (text === undefined || text === '' || !String(type).includes('json')) return text?.slice(0, 100);
  try {
    return trimmed(parse(text));
  } catch {
    return text.slice(0, 100);
  }
}

type Chunk = string | Uint8Array | null | undefined | (() => void);

/** Collects what passes through these methods. @returns reads it; undefined when it was too much */
function collect(stream: object, ...methods: readonly string[]): () => string | undefined {
  const chunks: Buffer[] = [];
  let size = 0;
  for (const method of methods) {
    const original = Reflect.get(stream, method) as (...parameters: unknown[]) => unknown;
    Reflect.set(stream, method, function (this: object, chunk: Chunk, ...rest: unknown[]): unknown {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) {
        size += chunk.length;
        if (size <= MAX_BODY) chunks.push(Buffer.from(chunk as string));
      }
      return Reflect.apply(original, stream, [chunk, ...rest]);
    });
  }
  return () => (size <= MAX_BODY ? Buffer.concat(chunks).toString() : undefined);
}

/** The first thing that is written on a stream after a handshake is its answer. */
function recordHandshake(request: IncomingMessage, stream: Duplex): void {
  // An upgrade to anything else is an ordinary request, which the application answers.
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return;
  const answered = collect(stream, 'write', 'end');
  stream.once('close', () => {
    const [head = '', body = ''] = (answered() ?? '').split('\r\n\r\n', 2);
    const [first = '', ...lines] = head.split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers = Object.fromEntries(lines.map((line) => [nameOf(line), valueOf(line)]));
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (status > 0) note({ method: 'GET', path, status, headers, body: status === 101 ? '' : body });
  });
}

const nameOf = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase();
const valueOf = (line: string): string => line.slice(line.indexOf(':') + 1).trim();

/** Commands whose answer shows whether they were taken, by socket and id. */
const asked = new WeakMap<WebSocket, Map<unknown, Frame[]>>();
let listening = false;

function listenToClients(): void {
  if (listening) return;
  listening = true;
  intercept('send', (socket, data) => {
    if (isClient(socket)) said(socket, data);
  });
  intercept('emit', (socket, event, data) => {
    if (event === 'message' && isClient(socket)) heard(socket, data);
  });
}

/** Sockets that the server accepted have no address. */
const isClient = (socket: WebSocket): boolean => Boolean(socket.url);

function intercept(method: 'send' | 'emit', listen: (socket: WebSocket, ...parameters: unknown[]) => void): void {
  const original = Reflect.get(WebSocket.prototype, method) as (...parameters: unknown[]) => unknown;
  Reflect.set(WebSocket.prototype, method, function (this: WebSocket, ...parameters: unknown[]): unknown {
    listen(this, ...parameters);
    return Reflect.apply(original, this, parameters);
  });
}

type Frame = Readonly<Record<string, unknown>>;

function frameOf(data: unknown, parse: (text: string) => unknown): Frame | undefined {
  try {
    const value = parse(String(data));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Frame) : undefined;
  } catch {
    return undefined;
  }
}

function said(socket: WebSocket, data: unknown): void {
  // Without the keys that the server leaves out of what it is sent.
  const frame = frameOf(data, parseJson);
  if (frame === undefined) return;
  const { id } = frame;
  if (id === undefined) {
    noteFrame(socket, 'toServer', frame, false);
    return;
  }
  const commands = asked.get(socket) ?? new Map<unknown, Frame[]>();
  asked.set(socket, commands.set(id, [...(commands.get(id) ?? []), frame]));
}

function heard(socket: WebSocket, data: unknown): void {
  const frame = frameOf(data, (text) => JSON.parse(text) as unknown);
  if (frame === undefined) return;
  noteFrame(socket, 'toClient', frame, true);
  const commands = asked.get(socket)?.get(frame['id']);
  const [command] = commands ?? [];
  // An id that was said again before it was answered no longer shows whose answer this is.
  if (command === undefined || commands?.length !== 1) return;
  commands.pop();
  const isRefused = frame['type'] === 'error' || frame['event'] === 'error';
  noteFrame(socket, 'toServer', command, !isRefused);
}

/** @param isMeant what is documented has to allow it: the server said it, or took it */
function noteFrame({ url }: WebSocket, direction: 'toClient' | 'toServer', frame: Frame, isMeant: boolean): void {
  const path = new URL(url).pathname;
  const endpoint = path.startsWith('/ws/room/') ? 'room' : 'personal';
  const shown = trimmed(frame) as Frame;
  write(
    { kind: 'frame', endpoint, direction, isMeant, frame: shown },
    'frame',
    endpoint,
    direction,
    String(isMeant),
    shown,
  );
}
