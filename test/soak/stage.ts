import type { Client } from 'pg';

import { until } from '../support/server.js';
import {
  Acknowledged,
  type Actor,
  LegacyPerson,
  type Person,
  Reader,
  RestPerson,
  RunningRoom,
  SocketPerson,
  Team,
  Visitor,
} from './actors.js';
import { Http, type Json } from './http.js';
import { type Dialect, type Known, PersonalSocket, RoomSocket } from './sockets.js';

const DIALECTS: readonly Dialect[] = ['type-payload', 'action-event'];
/** Sessions of rooms that run out; minutes are the shortest that clients can ask for. */
const SECONDS = { work: 2, break: 1 };
const SIGN_UPS_AT_ONCE = 4;

export const SIZE = {
  /** Half of them with a device that looks on. */
  restPeople: 150,
  /** Two devices each: one says commands, the other, in the other dialect, looks on. */
  socketPeople: 60,
  /** Half of them with a device that looks on. */
  legacyPeople: 60,
  teams: 20,
  membersOfATeam: 5,
  runningRooms: 10,
  visitors: 40,
} as const;

/** Whoever looks on, and whose timers they see. */
interface Watcher {
  readonly socket: PersonalSocket;
  readonly owner: string;
}

/** Everybody who takes part, and what has to be true when they have stopped. */
export class Stage {
  readonly actors: Actor[] = [];
  private readonly acknowledged = new Acknowledged();
  private readonly http: Http;
  private readonly watchers: Watcher[] = [];
  private readonly members: RoomSocket[] = [];
  private readonly visitors: Visitor[] = [];
  private readonly runningRooms: string[] = [];

  private constructor(
    private readonly url: string,
    private readonly database: Client,
    /** Told of every socket that the servers closed. */
    private readonly onLost: (why: string) => void,
  ) {
    this.http = new Http(url);
  }

  static async prepare(url: string, database: Client, onLost: (why: string) => void): Promise<Stage> {
    const stage = new Stage(url, database, onLost);
    const teams = await stage.openTeams();
    await stage.inviteRestPeople(teams);
    await stage.inviteSocketPeople();
    await stage.inviteLegacyPeople();
    await stage.openRunningRooms();
    stage.inviteVisitors(teams);
    return stage;
  }

  /** Sockets that stay from the beginning to the end. */
  get residents(): number {
    return this.watchers.length + this.members.length;
  }

  /** Visitors go, so that whoever is left in a room is known. */
  endVisits(): void {
    for (const visitor of this.visitors) visitor.leave();
  }

  /** Every acknowledged change is in the log once, and every watcher has what the database has. */
  async verify(): Promise<void> {
    await this.runningRoomsAreIdle();
    await this.changesAreOnce();
    await this.watchersKnow();
  }

  leave(): void {
    this.endVisits();
    for (const { socket } of this.watchers) socket.leave();
    for (const member of this.members) member.leave();
    this.http.close();
  }

  private async inviteRestPeople(rooms: readonly string[]): Promise<void> {
    const people = await this.signUp('rest', SIZE.restPeople);
    for (const [index, person] of people.entries()) {
      const actor = new RestPerson(this.http, person, this.acknowledged);
      this.actors.push(actor, new Reader(this.http, actor, rooms[index % rooms.length] ?? ''));
      if (index % 2 === 0) await this.watch(person, index / 2);
    }
  }

  private async inviteSocketPeople(): Promise<void> {
    const people = await this.signUp('socket', SIZE.socketPeople);
    for (const [index, person] of people.entries()) {
      const socket = await this.watch(person, index);
      await this.watch(person, index + 1);
      this.actors.push(new SocketPerson(socket, person, this.acknowledged));
    }
  }

  private async inviteLegacyPeople(): Promise<void> {
    const people = await this.signUp('legacy', SIZE.legacyPeople);
    for (const [index, person] of people.entries()) {
      const headers = { authorization: `Bearer ${person.token}` };
      const made = await this.http.expect('POST', '/v1/auth/legacy-tokens', { headers, body: { name: 'phone' } });
      this.actors.push(new LegacyPerson(this.http, person, String(made['token']), this.acknowledged));
      if (index % 2 === 0) await this.watch(person, index / 2);
    }
  }

  private async openTeams(): Promise<string[]> {
    const ids: string[] = [];
    for (let number = 0; number < SIZE.teams; number += 1) {
      const id = await this.openRoom(`team-${number}`);
      const members: RoomSocket[] = [];
      for (let member = 0; member < SIZE.membersOfATeam; member += 1) members.push(await this.join(id, member));
      this.actors.push(new Team(this.http, id, members, this.acknowledged));
      ids.push(id);
    }
    return ids;
  }

  private async openRunningRooms(): Promise<void> {
    for (let number = 0; number < SIZE.runningRooms; number += 1) {
      const id = await this.openRoom(`running-${number}`);
      await this.database.query('UPDATE room_clocks SET work_seconds = $2, break_seconds = $3 WHERE room_id = $1', [
        id,
        SECONDS.work,
        SECONDS.break,
      ]);
      for (const member of [0, 1]) await this.join(id, member);
      this.runningRooms.push(id);
      this.actors.push(new RunningRoom(this.http, id, this.acknowledged));
    }
  }

  /** Half of them look at somebody's timers, half come into a room. */
  private inviteVisitors(rooms: readonly string[]): void {
    for (let number = 0; number < SIZE.visitors; number += 1) {
      const watched = this.watchers[number % this.watchers.length];
      const room = rooms[number % rooms.length] ?? '';
      const visitor = new Visitor((visit) => {
        const dialect = dialectOf(visit);
        return number % 2 === 0 && watched
          ? new PersonalSocket(this.url, watched.socket.token, dialect, this.onLost)
          : new RoomSocket(this.url, room, dialect, this.onLost);
      });
      this.visitors.push(visitor);
      this.actors.push(visitor);
    }
  }

  private async watch({ id, token }: Person, number: number): Promise<PersonalSocket> {
    const socket = await new PersonalSocket(this.url, token, dialectOf(number), this.onLost).ready();
    this.watchers.push({ socket, owner: id });
    return socket;
  }

  private async join(roomId: string, number: number): Promise<RoomSocket> {
    const socket = await new RoomSocket(this.url, roomId, dialectOf(number), this.onLost).ready();
    this.members.push(socket);
    return socket;
  }

  /** A password is hashed for each, so a few at a time. */
  private async signUp(prefix: string, count: number): Promise<Person[]> {
    const people: Person[] = [];
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    while (names.length > 0) {
      people.push(...(await Promise.all(names.splice(0, SIGN_UPS_AT_ONCE).map((name) => this.signUpOne(name)))));
    }
    return people;
  }

  private async signUpOne(name: string): Promise<Person> {
    const body = { email: `${name}@example.com`, password: 'correct horse', display_name: name };
    const token = String((await this.http.expect('POST', '/v1/auth/signup', { body }))['access_token']);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    return { id: claims.sub, token };
  }

  private async openRoom(name: string): Promise<string> {
    const body = { room_name: name, auto_start_break: true };
    const made = await this.http.expect('POST', '/api/v1/rooms', { body });
    return String((made['data'] as Json)['room_id']);
  }

  /** Whatever was started there has run out. */
  private async runningRoomsAreIdle(): Promise<void> {
    const live = `SELECT FROM timers WHERE room_id = ANY ($1) AND ended_at IS NULL`;
    await until(
      async () => (await this.database.query(live, [this.runningRooms])).rowCount === 0,
      15_000,
      () => 'sessions are not completed',
    );
  }

  private async changesAreOnce(): Promise<void> {
    const { changes } = this.acknowledged;
    const { rows } = await this.database.query<{ owner: string; changes: number }>(
      `SELECT owner, count(*)::int AS changes FROM timer_changes GROUP BY owner`,
    );
    const logged = new Map(rows.map((row) => [row.owner, row.changes]));
    const wrong = [...changes].filter(([owner, count]) => logged.get(owner) !== count);
    expect(wrong.map(([owner, count]) => ({ owner, acknowledged: count, logged: logged.get(owner) }))).toEqual([]);
    expect(logged.size).toBe(changes.size);
  }

  private async watchersKnow(): Promise<void> {
    const [timers, rooms] = [await this.storedTimers(), await this.storedRooms()];
    const differing = () => [
      ...this.watchers
        .map(({ socket, owner }) => [textOf(socket.timers), textOf(timers.get(owner) ?? new Map())])
        .filter(([seen, stored]) => seen !== stored),
      ...this.members
        .map(({ timer, people, roomId }) => [
          `${textOf(new Map(timer ? [[roomId, timer]] : []))}, ${people} people`,
          `${textOf(new Map([[roomId, rooms.get(roomId) ?? { revision: 0, status: 'none' }]]))}, ${this.peopleIn(roomId)} people`,
        ])
        .filter(([seen, stored]) => seen !== stored),
    ];
    await until(
      () => differing().length === 0,
      30_000,
      () => `${differing().length} watchers differ, one of them: ${JSON.stringify(differing()[0])}`,
    );
  }

  private peopleIn(roomId: string): number {
    return this.members.filter((member) => member.roomId === roomId).length;
  }

  private async storedTimers(): Promise<Map<string, Map<string, Known>>> {
    const { rows } = await this.database.query<Known & { id: string; user_id: string }>(
      `SELECT id, user_id, revision, status FROM timers WHERE user_id IS NOT NULL AND ended_at IS NULL`,
    );
    const stored = new Map<string, Map<string, Known>>();
    for (const { id, user_id: owner, ...known } of rows) {
      stored.set(owner, (stored.get(owner) ?? new Map<string, Known>()).set(id, known));
    }
    return stored;
  }

  private async storedRooms(): Promise<Map<string, Known>> {
    const { rows } = await this.database.query<Known & { id: string }>(
      `SELECT c.room_id AS id, c.revision, coalesce(t.status, 'idle') AS status
       FROM room_clocks c LEFT JOIN timers t ON t.room_id = c.room_id AND t.ended_at IS NULL`,
    );
    return new Map(rows.map(({ id, revision, status }) => [id, { revision, status }]));
  }
}

const dialectOf = (number: number): Dialect => DIALECTS[number % DIALECTS.length] ?? 'type-payload';

const textOf = (timers: ReadonlyMap<string, Known>): string =>
  [...timers]
    .map(([id, { revision, status }]) => `${id} ${status} at ${revision}`)
    .sort()
    .join(', ');
