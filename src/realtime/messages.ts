/**
 * The vocabulary of the sockets, independent of the dialect (docs/spec/sockets.md#dialects). Clients send commands, the
 * server sends messages. `dialects/` translates both; endpoints use only these types.
 */

/**
 * The notation of a frame (docs/spec/sockets.md#dialects): `{type, payload}`, or `{action, data}` and `{event, data}`.
 */
export type Dialect = 'type-payload' | 'action-event';

/** The kind of socket: the personal `/v1/ws/timers`, or a room's `/ws/room/{room_id}`. */
export type Endpoint = 'personal' | 'room';

/**
 * Correlates a command with the frame that replies to it. It is echoed as sent and need not be unique
 * (docs/spec/sockets.md#dialects).
 */
export type CorrelationId = string | number;

/** Keys and values as received; the command's handler validates them. */
export type Payload = Readonly<Record<string, unknown>>;

/** Keys that a client's frame may have besides the command itself. */
export interface Spoken {
  readonly payload: Payload;
  /** The frame's dialect, used for the reply; broadcasts use the dialect of the connection. */
  readonly dialect: Dialect;
  readonly id?: CorrelationId;
  /** As sent, not validated yet (docs/spec/extensions.md#idempotency). */
  readonly idempotencyKey?: unknown;
}

/** Commands to a user's own timer. */
export type UserVerb = 'start' | 'pause' | 'resume' | 'stop' | 'cancel';

/** Commands to a room's timer. */
export type RoomVerb = 'start' | 'pause' | 'resume' | 'reset';

/**
 * A command to a timer, and the kind of its owner. On a room socket the room is the connection's own; on a personal
 * socket `payload.room_id` names it (docs/spec/extensions.md#sockets).
 */
export type TimerCommand =
  { readonly type: UserVerb; readonly owner: 'user' } | { readonly type: RoomVerb; readonly owner: 'room' };

/** A command that concerns the connection rather than one timer. */
export interface ConnectionCommand {
  readonly type: 'sync' | 'ping' | 'renewAuth' | 'joinRoom' | 'leaveRoom';
}

/** A command of a client. */
export type ClientCommand = Spoken & (TimerCommand | ConnectionCommand);

/**
 * The pattern by which gateways subscribe to a command in `@SubscribeMessage()`. For a command to a timer it starts
 * with the owner: `user.pause`, `room.start`.
 */
export const patternOf = (command: ClientCommand): string =>
  'owner' in command ? `${command.owner}.${command.type}` : command.type;

/**
 * A frame that the endpoint does not understand. Code and text depend on the frame's dialect
 * (docs/spec/sockets.md#dialects); all other errors have the endpoint's codes.
 */
export interface FrameProblem {
  readonly type: 'problem';
  readonly code: 'INVALID_MESSAGE' | 'UNKNOWN_TYPE' | 'VALIDATION_ERROR' | 'INVALID_ACTION';
  readonly message: string;
  readonly dialect: Dialect;
  readonly id?: CorrelationId;
}

/**
 * v1's Timer object (docs/spec/v1.md#51-timer-object), its times formatted for the receiver's zone and its `status` in
 * capitals.
 */
export type PersonalTimer = Readonly<Record<string, unknown>>;

/** A room's timer (docs/spec/extensions.md#sockets); times as text, durations in seconds. */
export interface RoomTimer {
  readonly status: 'idle' | 'running' | 'paused';
  readonly session_type: 'work' | 'break';
  readonly remaining_seconds: number;
  readonly target_timestamp: string | null;
  readonly started_at: string | null;
  readonly duration_seconds: number;
  readonly revision: number;
}

export type PersonalAction = UserVerb | 'sync' | 'update';

export type RoomAction = RoomVerb | 'complete' | 'sync';

/** A person in a room under their public id, which is never a user id (docs/spec/rooms.md#who-is-who). */
export interface Participant {
  readonly id: string;
  readonly name: string;
}

/** The id of the user who caused the message: `from_user`, which only type/payload has. */
interface Acted {
  readonly fromUser?: string;
}

/** A message about a room. On a personal socket its payload names the room (docs/spec/extensions.md#sockets). */
interface OfRoom {
  readonly roomId: string;
  /** The kind of socket that it is sent to. */
  readonly endpoint: Endpoint;
}

interface PersonalTimerChange extends Acted {
  readonly timer: PersonalTimer;
  readonly action: PersonalAction;
}

/** Every message of the server and its contents. Times are text in the receiver's time zone. */
export interface ServerMessages {
  readonly connected: { readonly userId: string; readonly message: string };
  readonly timerCreated: PersonalTimerChange;
  readonly timerUpdated: PersonalTimerChange;
  readonly timerDeleted: Acted & { readonly timerId: string; readonly revision: number };
  /**
   * The reply to `sync`, also sent after `connected`. `changeId` and `resync` belong to the reply to a `since`
   * (docs/spec/extensions.md#sockets).
   */
  readonly timerList: Acted & {
    readonly timers: readonly PersonalTimer[];
    /** Set if there are more timers than the list's maximum of 200. */
    readonly truncated?: true;
    readonly changeId?: string;
    /** Set if the changes after `since` cannot be replayed; the client must start over from this list. */
    readonly resync?: true;
  };
  readonly roomTimer: OfRoom & { readonly timer: RoomTimer; readonly action: RoomAction };
  readonly roomSessionCompleted: OfRoom & {
    readonly completedSessionType: 'work' | 'break';
    readonly nextSessionType: 'work' | 'break';
    readonly autoStart: boolean;
  };
  /** A participant joined or left; `currentCount` counts people, not connections. */
  readonly participant: OfRoom & {
    readonly action: 'joined' | 'left';
    readonly participant: Participant;
    readonly currentCount: number;
  };
  /** All participants present, for a new connection. */
  readonly participants: OfRoom & { readonly participants: readonly Participant[]; readonly currentCount: number };
  /** `room` as GET /api/v1/rooms/{id} gives it. */
  readonly roomUpdated: OfRoom & { readonly room: object };
  readonly friendActivity: {
    readonly friendId: string;
    readonly displayName: string | null;
    readonly action: UserVerb;
    readonly timerId: string;
    /**
     * Null if the timer has no title, or if the friend shares activity without titles (docs/spec/sockets.md#dialects).
     */
    readonly timerTitle: string | null;
  };
  readonly authExpiring: { readonly expiresAt: string };
  readonly authRenewed: { readonly expiresAt: string };
  /** `room` as GET /api/v1/rooms/{id} gives it. */
  readonly roomJoined: { readonly room: object; readonly participantId: string };
  readonly roomLeft: { readonly roomId: string };
  /** `serverTime` in Unix milliseconds; `sentAt` as the ping had it ({@link asCorrelationId}). */
  readonly pong: { readonly serverTime: number; readonly sentAt?: string | number };
  readonly error: { readonly code: string; readonly message: string };
}

export type ServerMessageType = keyof ServerMessages;

/** A message of the server, or with a type argument a message of that type. */
export type ServerMessage<Type extends ServerMessageType = ServerMessageType> = {
  [T in Type]: { readonly type: T } & ServerMessages[T];
}[Type];

/** The keys of a frame that surround its message. */
export interface Envelope {
  /** The second of the change, or else of sending; in the receiver's time zone. */
  readonly timestamp: string;
  /** The id of the command that this frame replies to; only the sender gets it. */
  readonly id?: CorrelationId;
  /** A mark that clients send back as `since` to resume; on `connected` and on every change. */
  readonly changeId?: string;
}

/**
 * Returns a value that may be echoed: text or a finite number. Anything else counts as not sent, because echoing nested
 * values would let a client choose how deep the server recurses.
 */
export function asCorrelationId(value: unknown): CorrelationId | undefined {
  return typeof value === 'string' || Number.isFinite(value) ? (value as CorrelationId) : undefined;
}
