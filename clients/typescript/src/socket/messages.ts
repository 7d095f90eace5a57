import type { MetronomeError } from '../metronome-error.js';
import type { DateTime, Person, Room, RoomTimer, SessionType, Timer, Uuid } from '../types.js';

/** How frames are worded (realtime.md); both say the same. */
export type Dialect = 'type-payload' | 'action-event';

export type TimerAction = 'start' | 'pause' | 'resume' | 'stop' | 'cancel' | 'sync' | 'update';

/** What the server tells on a socket, by the names of type/payload; a room's timer has a name of its own here. */
export interface ServerMessages {
  readonly connected: { readonly user_id: string; readonly message: string };
  readonly 'timer.created': { readonly timer: Timer; readonly action: TimerAction };
  readonly 'timer.updated': { readonly timer: Timer; readonly action: TimerAction };
  readonly 'timer.deleted': { readonly timer_id: Uuid; readonly revision: number };
  readonly 'timer.sync_result': TimerList;
  readonly 'timer.friend_activity': {
    readonly friend_id: string;
    readonly display_name: string | null;
    readonly action: TimerAction;
    readonly timer_id: Uuid;
    /** Null also when the friend shares activity without titles. */
    readonly timer_title: string | null;
  };
  /** Both dialects' frame about a room's timer. */
  readonly 'room.timer': { readonly timer: RoomTimer };
  /** A session reached its end; what comes next is told by `room.timer`. */
  readonly 'timer.completed': {
    readonly completed_session_type: SessionType;
    readonly next_session_type: SessionType;
    readonly auto_start: boolean;
  };
  readonly 'room.participant': {
    readonly action: 'joined' | 'left';
    readonly participant: Person;
    readonly current_count: number;
  };
  readonly 'room.participants': { readonly participants: readonly Person[]; readonly current_count: number };
  readonly 'room.updated': { readonly room: Room };
  readonly 'auth.expiring': { readonly expires_at: DateTime };
  readonly 'auth.renewed': { readonly expires_at: DateTime };
  readonly pong: { readonly server_time: number; readonly sent_at?: number };
  readonly error: { readonly code: string; readonly message: string };
}

export interface TimerList {
  readonly timers: readonly Timer[];
  readonly count: number;
  /** There are more than the 200 that a list holds. */
  readonly truncated?: true;
  readonly change_id?: string;
  /** What was missed could not be told in full: whoever shows more than these timers reads it anew. */
  readonly resync?: true;
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
