import { WebSocket } from 'ws';

import type { Json } from './commands.js';

/** Clients come back after this long, each at a moment of its own. */
const BACK_AFTER_MS = 200;
const SPREAD_MS = 300;
/** News later than this is late: an instance that lives tells of a change at once. */
export const LATE_MS = 500;

/** When each change was acknowledged to whoever made it, by the key of the change. */
export type AcknowledgedAt = ReadonlyMap<string, number>;

export interface WatchedTimer {
  readonly revision: number;
  readonly status: string;
}

/** What all watchers went through, since the last time it was asked for. */
export class Delays {
  lastTrouble = 0;
  slowestMs = 0;
  reconnects = 0;
  readonly closes = new Map<number, number>();

  late(byMs: number): void {
    this.slowestMs = Math.max(this.slowestMs, byMs);
    if (byMs > LATE_MS) this.lastTrouble = performance.now();
  }

  closed(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
  }

  connectedAgain(): void {
    this.reconnects += 1;
    this.lastTrouble = performance.now();
  }

  reset(): void {
    this.lastTrouble = 0;
    this.slowestMs = 0;
    this.reconnects = 0;
    this.closes.clear();
  }
}

/** A client that looks on: it comes back when its socket ends and keeps the state that it is told. */
export abstract class Watcher {
  private socket: WebSocket | undefined;
  private left = false;
  private opened = 0;
  isWhole = false;
  /** Frames that came twice on one connection. */
  readonly repeated: string[] = [];
  private seen = new Set<string>();

  protected constructor(
    private readonly address: string,
    protected readonly delays: Delays,
    protected readonly acknowledgedAt: AcknowledgedAt,
  ) {}

  connect(): void {
    if (this.left) return;
    this.seen = new Set();
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.take(JSON.parse(data.toString()) as Json);
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.isWhole = false;
      if (this.left) return;
      this.delays.closed(code);
      setTimeout(
        () => {
          this.connect();
        },
        BACK_AFTER_MS + Math.random() * SPREAD_MS,
      );
    });
  }

  leave(): void {
    this.left = true;
    this.socket?.terminate();
  }

  /** The state has been told. */
  protected whole(): void {
    if (this.isWhole) return;
    this.isWhole = true;
    this.opened += 1;
    if (this.opened > 1) this.delays.connectedAgain();
  }

  protected abstract hear(frame: Json): void;

  private take(frame: Json): void {
    const changeId = frame['change_id'];
    const key = JSON.stringify([frame['type'] ?? frame['event'], changeId, frame['payload'] ?? frame['data']]);
    if (typeof changeId === 'string' && this.seen.has(key)) this.repeated.push(key);
    this.seen.add(key);
    this.hear(frame);
  }

  protected noteNews(key: string): void {
    const at = this.acknowledgedAt.get(key);
    if (at !== undefined) this.delays.late(performance.now() - at);
  }
}

/** Somebody's own timers: those that are running or paused. */
export class PersonalWatcher extends Watcher {
  readonly timers = new Map<string, WatchedTimer>();

  constructor(url: string, token: string, delays: Delays, acknowledgedAt: AcknowledgedAt) {
    super(`${url.replace('http', 'ws')}/v1/ws/timers?token=${token}`, delays, acknowledgedAt);
  }

  protected hear(frame: Json): void {
    const payload = (frame['payload'] ?? {}) as Json;
    if (frame['type'] === 'timer.sync_result') this.replace(payload['timers'] as Json[]);
    if (frame['type'] === 'timer.created' || frame['type'] === 'timer.updated') this.update(payload['timer'] as Json);
  }

  private replace(timers: readonly Json[]): void {
    this.timers.clear();
    for (const timer of timers) this.keep(timer);
    this.whole();
  }

  private update(timer: Json): void {
    this.noteNews(`${String(timer['id'])} ${String(timer['revision'])}`);
    this.keep(timer);
  }

  private keep(timer: Json): void {
    const [id, status] = [String(timer['id']), String(timer['status'])];
    if (status === 'RUNNING' || status === 'PAUSED') {
      this.timers.set(id, { revision: Number(timer['revision']), status: status.toLowerCase() });
    } else this.timers.delete(id);
  }
}

/** Somebody in a room: its timer, and how many they are. */
export class RoomWatcher extends Watcher {
  timer: WatchedTimer | undefined;
  people = 0;
  /** Completions heard of on any of its connections. */
  completions = 0;

  constructor(
    url: string,
    readonly roomId: string,
    delays: Delays,
    acknowledgedAt: AcknowledgedAt,
  ) {
    super(`${url.replace('http', 'ws')}/ws/room/${roomId}`, delays, acknowledgedAt);
  }

  protected hear(frame: Json): void {
    const data = (frame['data'] ?? {}) as Json;
    if (frame['event'] === 'timer_update') this.update(data);
    if (frame['event'] === 'timer_complete') this.completions += 1;
    if (typeof data['current_count'] === 'number') this.people = data['current_count'];
  }

  private update(data: Json): void {
    const timer = (data['timer'] ?? data) as Json;
    const revision = Number(timer['revision']);
    this.timer = { revision, status: String(timer['status']) };
    this.noteNews(`${this.roomId} ${revision}`);
    this.whole();
  }
}
