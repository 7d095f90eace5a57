import type { MetronomeError } from '../metronome-error.js';
import type { DateTime, RoomTimer, WireMessages } from '../types.js';

/** The encoding of frames (docs/spec/sockets.md#dialects); both carry the same messages. */
export type Dialect = 'type-payload' | 'action-event';

/** Server messages, by their names in type/payload. */
export interface ServerMessages extends WireMessages {
  /** A room's current timer. In both dialects the frame shares its name with another one. */
  readonly 'room.timer': {
    readonly timer: RoomTimer;
    /** The timer's room; only on a user's own socket. */
    readonly room_id?: string;
  };
}

export type ServerMessageType = keyof ServerMessages;

/** A server message; a type argument selects one type. */
export type ServerMessage<Type extends ServerMessageType = ServerMessageType> = {
  [T in Type]: {
    readonly type: T;
    readonly payload: ServerMessages[T];
    /** When the change happened; for other messages, when it was sent. */
    readonly timestamp: DateTime;
    /** User id of the acting user. */
    readonly from_user?: string;
    readonly id?: string;
    readonly change_id?: string;
  };
}[Type];

/** Client commands, by their names in type/payload. */
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

/** State of a socket. `waiting`: the connection was lost and will be retried. */
export type SocketStatus = 'closed' | 'connecting' | 'open' | 'waiting';

export interface SocketState {
  readonly status: SocketStatus;
  /** Why it is closed or waiting; null while connected and after `close()`. */
  readonly error: MetronomeError | null;
}
