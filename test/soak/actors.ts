import { randomUUID } from 'node:crypto';

import type { Http, Json } from './http.js';
import type { ClientSocket, PersonalSocket, RoomSocket, Verb } from './sockets.js';

/** What is done, and how often: shares of all that is done, in percent. */
export const MIX = {
  'v1 by REST': 30,
  reads: 22,
  legacy: 16,
  'v1 by socket': 18,
  rooms: 9,
  'rooms that run out': 1,
  connections: 4,
} as const;
export type Kind = keyof typeof MIX;

/** Somebody who does one thing after the other; the next is not begun before the last was answered. */
export interface Actor {
  readonly kind: Kind;
  /** @throws what was no success */
  act(): Promise<void>;
}

/** How many changes have been acknowledged, by whose they are: a person or a room. */
export class Acknowledged {
  readonly changes = new Map<string, number>();

  add(owner: string, changes = 1): void {
    this.changes.set(owner, (this.changes.get(owner) ?? 0) + changes);
  }
}

export interface Person {
  readonly id: string;
  readonly token: string;
}

const TIMER_CYCLE: readonly Verb[] = ['start', 'pause', 'resume', 'pause', 'resume', 'stop'];
const ROOM_CYCLE: readonly Verb[] = ['start', 'pause', 'resume', 'reset'];

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Every second command could be repeated, which takes another way through the server. */
const keyed = (step: number): Readonly<Record<string, string>> =>
  step % 2 === 0 ? {} : { 'idempotency-key': randomUUID() };

/** One timer after the other, by REST. */
export class RestPerson implements Actor {
  readonly kind = 'v1 by REST';
  private step = 0;
  /** The last timer, once there is one. */
  timer = '';

  constructor(
    private readonly http: Http,
    readonly person: Person,
    private readonly acknowledged: Acknowledged,
  ) {}

  async act(): Promise<void> {
    const verb = TIMER_CYCLE[this.step % TIMER_CYCLE.length] ?? 'start';
    const timer = await this.command(verb, { ...bearer(this.person.token), ...keyed(this.step) });
    this.timer = String(timer['id']);
    this.step += 1;
    this.acknowledged.add(this.person.id);
  }

  private command(verb: Verb, headers: Readonly<Record<string, string>>): Promise<Json> {
    if (verb === 'start')
      return this.http.expect('POST', '/v1/timers', { headers, body: { allocated_duration: 1_500 } });
    return this.http.expect(verb === 'stop' ? 'POST' : 'PATCH', `/v1/timers/${this.timer}/${verb}`, { headers });
  }
}

/** The same from a device's socket. */
export class SocketPerson implements Actor {
  readonly kind = 'v1 by socket';
  private step = 0;
  private timer = '';

  constructor(
    private readonly socket: PersonalSocket,
    private readonly person: Person,
    private readonly acknowledged: Acknowledged,
  ) {}

  async act(): Promise<void> {
    const verb = TIMER_CYCLE[this.step % TIMER_CYCLE.length] ?? 'start';
    this.timer = await this.socket.command(verb, this.timer);
    this.step += 1;
    this.acknowledged.add(this.person.id);
  }
}

/** An app of generation 1: start, stop. */
export class LegacyPerson implements Actor {
  readonly kind = 'legacy';
  private step = 0;

  constructor(
    private readonly http: Http,
    private readonly person: Person,
    private readonly legacyToken: string,
    private readonly acknowledged: Acknowledged,
  ) {}

  async act(): Promise<void> {
    const verb = this.step % 2 === 0 ? 'start' : 'stop';
    const headers = { authorization: `Token ${this.legacyToken}` };
    const body = verb === 'start' ? `title=title-${this.step}` : '';
    await this.http.expect('POST', `/v1/user/timer/${verb}/`, { headers, body });
    this.step += 1;
    this.acknowledged.add(this.person.id);
  }
}

/** Looks at what others do: a list, one timer, a room, a day's statistics, the person. */
export class Reader implements Actor {
  readonly kind = 'reads';
  private step = 0;

  constructor(
    private readonly http: Http,
    private readonly whose: RestPerson,
    private readonly roomId: string,
  ) {}

  async act(): Promise<void> {
    const { person, timer } = this.whose;
    const today = new Date().toISOString().slice(0, 10);
    const paths = [
      '/v1/timers?scope=mine&limit=20',
      timer === '' ? '/v1/users/me' : `/v1/timers/${timer}`,
      `/api/v1/rooms/${this.roomId}`,
      `/v1/statistics?from=${today}&to=${today}&group_by=day`,
      '/v1/users/me',
    ];
    await this.http.expect('GET', paths[this.step % paths.length] ?? '', { headers: bearer(person.token) });
    this.step += 1;
  }
}

/** A team on its room's page: one of them after the other says something, every third time by REST. */
export class Team implements Actor {
  readonly kind = 'rooms';
  private step = 0;

  constructor(
    private readonly http: Http,
    private readonly roomId: string,
    private readonly members: readonly RoomSocket[],
    private readonly acknowledged: Acknowledged,
  ) {}

  async act(): Promise<void> {
    const verb = ROOM_CYCLE[this.step % ROOM_CYCLE.length] ?? 'start';
    const member = this.members[this.step % this.members.length];
    if (this.step % 3 === 0 || member === undefined) {
      await this.http.expect('POST', `/api/v1/rooms/${this.roomId}/timer/${verb}`);
    } else await member.command(verb);
    this.step += 1;
    this.acknowledged.add(this.roomId);
  }
}

/** A room whose sessions last seconds: the ticker completes them and their breaks, then somebody starts the next. */
export class RunningRoom implements Actor {
  readonly kind = 'rooms that run out';

  constructor(
    private readonly http: Http,
    private readonly roomId: string,
    private readonly acknowledged: Acknowledged,
  ) {}

  /** A session that still runs is an answer too. */
  async act(): Promise<void> {
    const path = `/api/v1/rooms/${this.roomId}/timer/start`;
    const { status, body } = await this.http.send('POST', path);
    // The start, the end of the work, the break and its end.
    if (status === 200) this.acknowledged.add(this.roomId, 4);
    else if (!JSON.stringify(body).includes('TIMER_ALREADY_RUNNING')) {
      throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    }
  }
}

/** Comes, is told the state, and stays until it comes again; every other time it goes without a word. */
export class Visitor implements Actor {
  readonly kind = 'connections';
  private visits = 0;
  private socket: ClientSocket | undefined;

  constructor(private readonly open: (visit: number) => ClientSocket) {}

  async act(): Promise<void> {
    this.leave();
    this.visits += 1;
    this.socket = this.open(this.visits);
    await this.socket.ready();
  }

  leave(): void {
    this.socket?.leave(this.visits % 2 === 0);
    this.socket = undefined;
  }
}
