import { WebSocket } from 'ws';

import { until } from '../support/server.js';

export type Json = Record<string, unknown>;

/** What came of a request: `undefined` when the server was gone before it answered, and it may have happened. */
export type Answer = { readonly status: number; readonly body: Json; readonly headers: Headers } | undefined;

/** Sends a request as an app does. */
export async function send(
  url: string,
  method: string,
  path: string,
  { body, headers }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const answer = await fetch(url + path, { method, headers: { ...type, ...headers }, ...sent });
    if (answer.status === 503) return undefined;
    return { status: answer.status, body: (await answer.json()) as Json, headers: answer.headers };
  } catch {
    return undefined;
  }
}

/** A connection that says commands and hears frames, in whichever dialect. */
abstract class SocketClient {
  protected socket: WebSocket | undefined;
  private readonly waiting = new Map<string, (frame: Json | undefined) => void>();
  private asked = 0;

  protected abstract hear(frame: Json): void;

  protected async open(url: string): Promise<void> {
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.take(JSON.parse(data.toString()) as Json);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const answer of this.waiting.values()) answer(undefined);
      this.waiting.clear();
    });
    await until(() => socket.readyState !== WebSocket.CONNECTING, 5_000);
    if (socket.readyState !== WebSocket.OPEN) throw new Error('the handshake was refused');
  }

  close(): void {
    this.socket?.terminate();
  }

  /** @returns the frame that answers, undefined when the connection broke before */
  protected ask(frame: Json): Promise<Json | undefined> {
    if (this.socket?.readyState !== WebSocket.OPEN) return Promise.resolve(undefined);
    const id = `asked-${++this.asked}`;
    this.socket.send(JSON.stringify({ ...frame, id }));
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  private take(frame: Json): void {
    this.hear(frame);
    const id = frame['id'] as string | undefined;
    if (id === undefined) return;
    this.waiting.get(id)?.(frame);
    this.waiting.delete(id);
  }
}

export interface TimerSeen extends Json {
  readonly id: string;
  readonly revision: number;
}

/** A personal device that keeps its timers by the frames it hears, as guide 28's hook does, and resumes by `since`. */
export class PersonalDevice extends SocketClient {
  readonly timers = new Map<string, TimerSeen>();
  private changeId: string | undefined;
  private isSynchronized = false;

  constructor(private readonly token: string) {
    super();
  }

  async connect(url: string): Promise<void> {
    this.isSynchronized = false;
    const since = this.changeId === undefined ? '' : `&since=${encodeURIComponent(this.changeId)}`;
    await this.open(`${url.replace('http', 'ws')}/v1/ws/timers?token=${this.token}${since}`);
    await until(() => this.isSynchronized, 5_000);
  }

  command(type: string, payload: Json): Promise<Json | undefined> {
    return this.ask({ type, payload });
  }

  protected hear({ type, payload, change_id: changeId }: Json): void {
    const told = payload as Json;
    if (typeof changeId === 'string') this.changeId = changeId;
    if (type === 'timer.created' || type === 'timer.updated') this.keep(told['timer'] as TimerSeen);
    if (type === 'timer.deleted') this.timers.delete(told['timer_id'] as string);
    if (type !== 'timer.sync_result') return;
    for (const timer of told['timers'] as TimerSeen[]) this.keep(timer);
    this.isSynchronized = true;
  }

  private keep(timer: TimerSeen): void {
    if (timer.revision >= (this.timers.get(timer.id)?.revision ?? 0)) this.timers.set(timer.id, timer);
  }
}

/** A tab on a room's page. */
export class RoomTab extends SocketClient {
  state: Json | undefined;
  /** Sessions it was told the end of. */
  completions = 0;

  constructor(private readonly roomId: string) {
    super();
  }

  async connect(url: string): Promise<void> {
    this.state = undefined;
    await this.open(`${url.replace('http', 'ws')}/ws/room/${this.roomId}`);
    await until(() => this.state !== undefined, 5_000);
  }

  command(action: string, data: Json = {}): Promise<Json | undefined> {
    return this.ask({ action, data });
  }

  protected hear({ event, data }: Json): void {
    if (event === 'timer_complete') this.completions += 1;
    if (event === 'timer_update') this.state = data as Json;
  }
}
