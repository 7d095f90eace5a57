import type { MetronomeError } from '../metronome-error.js';
import type { DateTime, RoomTimer, WireMessages } from '../types.js';

/** How frames are worded (realtime.md); both say the same. */
export type Dialect = 'type-payload' | 'action-event';

/** What the server tells on a socket, by the names of type/payload. */
export interface ServerMessages extends WireMessages {
  /** A room's timer as it is now: both dialects' frame about it, which shares its name with another there. */
  readonly 'room.timer': {
    readonly timer: RoomTimer;
    /** On a member's own socket: whose it is. */
    readonly room_id?: string;
  };
}

export type ServerMessageType = keyof ServerMessages;

/** One message of the server; with a type argument, that one. */
export type ServerMessage<Type extends ServerMessageType = ServerMessageType> = {
  [T in Type]: {
    readonly type: T;
    readonly payload: ServerMessages[T];
    /** When it happened; for what is no change, when it was sent. */
    readonly timestamp: DateTime;
    /** Who acted, a user id. */
    readonly from_user?: string;
    readonly id?: string;
    readonly change_id?: string;
  };
}[Type];

/** What a client asks for, by the names of type/payload. */
export type CommandType =
  | 'timer.create'
  | 'timer.start'
  | 'timer.pause'
  | 'timer.resume'
  | 'timer.stop'
  | 'timer.cancel'
  | 'timer.reset'
  | 'timer.sync'
  | 'room.join'
  | 'room.leave'
  | 'ping'
  | 'auth.renew';

export interface Command {
  readonly type: CommandType;
  readonly payload: object;
  readonly id: string;
  readonly idempotencyKey: string | undefined;
}

/** Where a socket stands. `waiting`: it was cut off, and is tried again by itself. */
export type SocketStatus = 'closed' | 'connecting' | 'open' | 'waiting';

export interface SocketState {
  readonly status: SocketStatus;
  /** Why it is closed or waiting; null while all is well, and after `close()`. */
  readonly error: MetronomeError | null;
}
