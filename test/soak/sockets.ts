import { WebSocket } from 'ws';

import type { Json } from './http.js';

const PATIENCE_MS = 10_000;

export type Dialect = 'type-payload' | 'action-event';

/** What a client knows of a timer. */
export interface Known {
  readonly revision: number;
  readonly status: string;
}

type Resolve = (frame: Json) => void;

/** A client's socket: says commands in its dialect, keeps the state that it is told, and is closed by nobody but itself. */
export abstract class ClientSocket {
  private readonly socket: WebSocket;
  private readonly asked = new Map<string, { resolve: Resolve; reject: (error: Error) => void }>();
  private readonly whole: Promise<void>;
  private told: () => void = () => undefined;
  private count = 0;
  private left = false;

  /** @param onLost told why, when the socket ends and nobody left */
  protected constructor(
    address: string,
    protected readonly dialect: Dialect,
    private readonly onLost: (why: string) => void,
  ) {
    this.socket = new WebSocket(`${address.replace('http', 'ws')}dialect=${dialect}`);
    this.whole = new Promise((resolve) => (this.told = resolve));
    this.socket.on('message', (data: Buffer) => {
      this.take(JSON.parse(data.toString()) as Json);
    });
    this.socket.on('error', (error) => {
      this.lost(error.message);
    });
    this.socket.on('close', (code) => {
      this.lost(`closed with ${code}`);
    });
  }

  /** Resolves when the state has been told. */
  async ready(): Promise<this> {
    await this.within('the state', this.whole);
    return this;
  }

  /** @returns what the frame with the answer says; @throws an error frame */
  protected async ask(word: string, said: Json = {}): Promise<Json> {
    this.count += 1;
    const id = `asked-${this.count}`;
    const frame = this.dialect === 'type-payload' ? { type: word, payload: said } : { action: word, data: said };
    const answered = new Promise<Json>((resolve, reject) => this.asked.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ ...frame, id }));
    const answer = await this.within(word, answered);
    if (wordOf(answer) === 'error') throw new Error(`${word}: ${JSON.stringify(answer)}`);
    return contentOf(answer);
  }

  /** @param orderly with a close frame, else the connection just ends */
  leave(orderly = true): void {
    this.left = true;
    if (orderly) this.socket.close(1000);
    else this.socket.terminate();
  }

  protected abstract hear(word: string, content: Json): void;

  protected isWhole(): void {
    this.told();
  }

  private take(frame: Json): void {
    this.hear(wordOf(frame), contentOf(frame));
    const id = String(frame['id']);
    this.asked.get(id)?.resolve(frame);
    this.asked.delete(id);
  }

  private lost(why: string): void {
    if (this.left) return;
    this.left = true;
    this.onLost(why);
    for (const { reject } of this.asked.values()) reject(new Error(why));
  }

  private async within<Result>(what: string, promise: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${what}: nothing within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
    });
    return Promise.race([promise, tooLate]).finally(() => {
      clearTimeout(timer);
    });
  }
}

const wordOf = (frame: Json): string => String(frame['type'] ?? frame['event']);
const contentOf = (frame: Json): Json => (frame['payload'] ?? frame['data'] ?? {}) as Json;

export type Verb = 'start' | 'pause' | 'resume' | 'stop' | 'reset';

/** Somebody's device: keeps those of their timers that run or are paused. */
export class PersonalSocket extends ClientSocket {
  readonly timers = new Map<string, Known>();

  constructor(
    url: string,
    readonly token: string,
    dialect: Dialect,
    onLost: (why: string) => void,
  ) {
    super(`${url}/v1/ws/timers?token=${token}&`, dialect, onLost);
  }

  /** @returns the id of the timer */
  async command(verb: Verb, id: string): Promise<string> {
    const said = verb === 'start' ? { allocated_duration: 1_500 } : { timer_id: id };
    const answer = await this.ask(this.wordFor(verb), said);
    const timer = (answer['timer'] ?? answer) as Json;
    return String(timer['id'] ?? timer['timer_id']);
  }

  protected hear(word: string, content: Json): void {
    if (word === 'timer.sync_result' || word === 'timer_sync') this.replace(content['timers'] as Json[]);
    if (word === 'timer.created' || word === 'timer.updated') this.keep(content['timer'] as Json);
    if (word === 'timer_update') this.keep(content);
  }

  private wordFor(verb: Verb): string {
    if (this.dialect === 'action-event') return `${verb}_timer`;
    return verb === 'start' ? 'timer.create' : `timer.${verb}`;
  }

  private replace(timers: readonly Json[]): void {
    this.timers.clear();
    for (const timer of timers) this.keep(timer);
    this.isWhole();
  }

  private keep(timer: Json): void {
    const [id, status] = [String(timer['id'] ?? timer['timer_id']), String(timer['status']).toLowerCase()];
    if (status === 'running' || status === 'paused') {
      this.timers.set(id, { revision: Number(timer['revision']), status });
    } else this.timers.delete(id);
  }
}

/** Somebody in a room: its timer, and how many they are. */
export class RoomSocket extends ClientSocket {
  timer: Known | undefined;
  people = 0;

  constructor(
    url: string,
    readonly roomId: string,
    dialect: Dialect,
    onLost: (why: string) => void,
  ) {
    super(`${url}/ws/room/${roomId}?`, dialect, onLost);
  }

  async command(verb: Verb): Promise<void> {
    await this.ask(this.dialect === 'action-event' ? `${verb}_timer` : `timer.${verb}`);
  }

  protected hear(word: string, content: Json): void {
    if (word === 'timer_update') this.keep(content);
    if (word === 'timer.updated') this.keep(content['timer'] as Json);
    if (typeof content['current_count'] === 'number') this.people = content['current_count'];
  }

  private keep({ revision, status }: Json): void {
    this.timer = { revision: Number(revision), status: String(status).toLowerCase() };
    this.isWhole();
  }
}
