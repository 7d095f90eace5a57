import { at, type Http, type WriteOptions } from './http.js';
import type {
  CreatedRoom,
  Joined,
  NewRoom,
  Room,
  RoomParticipant,
  RoomPatch,
  RoomStatistics,
  RoomStatisticsQuery,
  RoomTimer,
  SessionType,
} from './types.js';

/** The participant's identity in a room, in addition to the signed-in account (docs/spec/rooms.md#who-is-who). */
export interface RoomOptions extends WriteOptions {
  /** From creating the room; a browser on the server's own origin has a cookie instead. */
  readonly hostToken?: string;
  /** From joining the room. */
  readonly participantToken?: string;
}

interface Envelope<Data> {
  readonly data: Data;
}

/** Team rooms over REST (docs/spec/rooms.md#rooms); no account needed. */
export class Rooms {
  constructor(private readonly http: Http) {}

  /** @returns the room and its host token, which is shown once */
  create(room: NewRoom, options?: WriteOptions): Promise<CreatedRoom> {
    return this.call('POST', '/rooms', room, options);
  }

  get(id: string, options?: RoomOptions): Promise<Room> {
    return this.call('GET', at`/rooms/${id}`, undefined, options);
  }

  /** Host only. */
  update(id: string, patch: RoomPatch, options?: RoomOptions): Promise<Room> {
    return this.call('PATCH', at`/rooms/${id}`, patch, options);
  }

  /** Host only. */
  delete(id: string, options?: RoomOptions): Promise<void> {
    return this.call('DELETE', at`/rooms/${id}`, undefined, options);
  }

  start(id: string, sessionType: SessionType = 'work', options?: RoomOptions): Promise<RoomTimer> {
    return this.call('POST', at`/rooms/${id}/timer/start`, { session_type: sessionType }, options);
  }

  pause(id: string, options?: RoomOptions): Promise<RoomTimer> {
    return this.call('POST', at`/rooms/${id}/timer/pause`, undefined, options);
  }

  resume(id: string, options?: RoomOptions): Promise<RoomTimer> {
    return this.call('POST', at`/rooms/${id}/timer/resume`, undefined, options);
  }

  reset(id: string, options?: RoomOptions): Promise<RoomTimer> {
    return this.call('POST', at`/rooms/${id}/timer/reset`, undefined, options);
  }

  statistics(
    id: string,
    { period, timezone, ...options }: RoomOptions & RoomStatisticsQuery = {},
  ): Promise<RoomStatistics> {
    return this.call('GET', at`/rooms/${id}/statistics`, undefined, options, { period, timezone });
  }

  /** Creates a lasting identity in the room; a socket opened with its token makes the participant present. */
  join(id: string, name: string, options?: RoomOptions): Promise<Joined> {
    return this.call('POST', at`/rooms/${id}/participants`, { participant_name: name }, options);
  }

  /** Participants with an open socket on any instance. */
  async participants(id: string, options?: RoomOptions): Promise<readonly RoomParticipant[]> {
    type People = { readonly participants: readonly RoomParticipant[] };
    return (await this.call<People>('GET', at`/rooms/${id}/participants`, undefined, options)).participants;
  }

  /** Removes oneself or, as the host, any participant. */
  remove(id: string, participantId: string, options?: RoomOptions): Promise<void> {
    return this.call('DELETE', at`/rooms/${id}/participants/${participantId}`, undefined, options);
  }

  private async call<Data>(
    method: string,
    path: string,
    body: unknown,
    { hostToken, participantToken, ...options }: RoomOptions = {},
    query: object = {},
  ): Promise<Data> {
    const headers = { 'X-Host-Token': hostToken, 'X-Participant-Token': participantToken };
    const call = { method, path: `/api/v1${path}`, body, options: { ...options, ...query }, headers };
    // A 204 response has no envelope.
    return (await this.http.json<Envelope<Data> | undefined>(call))?.data as Data;
  }
}
