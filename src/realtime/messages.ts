/**
 * What is said on a socket, whichever words a dialect has for it (docs/spec/sockets.md#dialects). Commands are what
 * clients ask for, messages what the server tells them; `dialects/` translates both, endpoints know nothing else.
 */

/** How a frame is worded (docs/spec/sockets.md#dialects): `{type, payload}` or `{action, data}` and `{event, data}`. */
export type Dialect = 'type-payload' | 'action-event';

/** Which kind of socket: a person's `/v1/ws/timers`, or a room's `/ws/room/{room_id}`. */
export type Endpoint = 'personal' | 'room';

/**
 * Correlates a command with the frame that answers it, and is echoed as sent; it may repeat
 * (docs/spec/sockets.md#dialects).
 */
export type CorrelationId = string | number;

/** Keys and values as they came; whoever carries the command out validates them. */
export type Payload = Readonly<Record<string, unknown>>;

/** What every frame of a client may carry beside what it asks for. */
export interface Spoken {
  readonly payload: Payload;
  /** The frame's dialect, in which its own answer is worded; broadcasts keep to their connection's. */
  readonly dialect: Dialect;
  readonly id?: CorrelationId;
  /** As sent, not validated yet (docs/spec/extensions.md#idempotency). */
  readonly idempotencyKey?: unknown;
}

/** What may be done to a timer of one's own. */
export type UserVerb = 'start' | 'pause' | 'resume' | 'stop' | 'cancel';

/** What may be done to a room's timer. */
export type RoomVerb = 'start' | 'pause' | 'resume' | 'reset';

/**
 * A command to a timer and whose it is. A room's is the connection's own on a room socket; on a personal one
 * `payload.room_id` says which (docs/spec/extensions.md#sockets).
 */
export type TimerCommand =
  { readonly type: UserVerb; readonly owner: 'user' } | { readonly type: RoomVerb; readonly owner: 'room' };

/** A command that concerns the connection rather than one timer. */
export interface ConnectionCommand {
  readonly type: 'sync' | 'ping' | 'renewAuth' | 'joinRoom' | 'leaveRoom';
}

/** One thing a client asks for. */
export type ClientCommand = Spoken & (TimerCommand | ConnectionCommand);

/**
 * The pattern of a command: gateways name it in `@SubscribeMessage()`. A command to a timer has its owner before it, as
 * `user.pause` or `room.start`.
 */
export const patternOf = (command: ClientCommand): string =>
  'owner' in command ? `${command.owner}.${command.type}` : command.type;

/**
 * A frame that says nothing the endpoint understands. Code and text follow the frame's dialect
 * (docs/spec/sockets.md#dialects); everything else is answered with the endpoint's codes.
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

/** Who caused it, a user id: `from_user`, which only type/payload has a place for. */
interface Acted {
  readonly fromUser?: string;
}

/** A frame about a room. On a personal socket it names the room in its payload (docs/spec/extensions.md#sockets). */
interface OfRoom {
  readonly roomId: string;
  /** The socket it is for. */
  readonly endpoint: Endpoint;
}

interface PersonalTimerChange extends Acted {
  readonly timer: PersonalTimer;
  readonly action: PersonalAction;
}

/** Every message of the server and what it carries. Times are text, already in the receiver's zone. */
export interface ServerMessages {
  readonly connected: { readonly userId: string; readonly message: string };
  readonly timerCreated: PersonalTimerChange;
  readonly timerUpdated: PersonalTimerChange;
  readonly timerDeleted: Acted & { readonly timerId: string; readonly revision: number };
  /**
   * The answer to sync, and what follows `connected`. `changeId` and `resync` answer a `since`
   * (docs/spec/extensions.md#sockets).
   */
  readonly timerList: Acted & {
    readonly timers: readonly PersonalTimer[];
    /** There are more than the 200 that a list holds. */
    readonly truncated?: true;
    readonly changeId?: string;
    /** The log does not reach back to `since`: the list is all there is to go by. */
    readonly resync?: true;
  };
  readonly roomTimer: OfRoom & { readonly timer: RoomTimer; readonly action: RoomAction };
  readonly roomSessionCompleted: OfRoom & {
    readonly completedSessionType: 'work' | 'break';
    readonly nextSessionType: 'work' | 'break';
    readonly autoStart: boolean;
  };
  /** Somebody came or went; `currentCount` counts people, not tabs. */
  readonly participant: OfRoom & {
    readonly action: 'joined' | 'left';
    readonly participant: Participant;
    readonly currentCount: number;
  };
  /** Everybody present, for a newcomer. */
  readonly participants: OfRoom & { readonly participants: readonly Participant[]; readonly currentCount: number };
  /** `room` as GET /api/v1/rooms/{id} gives it. */
  readonly roomUpdated: OfRoom & { readonly room: object };
  readonly friendActivity: {
    readonly friendId: string;
    readonly displayName: string | null;
    readonly action: UserVerb;
    readonly timerId: string;
    /** Null when it has none, and when the friend shares activity without titles (docs/spec/sockets.md#dialects). */
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

/** One message of the server; with a type argument, that one. */
export type ServerMessage<Type extends ServerMessageType = ServerMessageType> = {
  [T in Type]: { readonly type: T } & ServerMessages[T];
}[Type];

/** What surrounds a message on the wire. */
export interface Envelope {
  /** The change's tick, or the second the frame is sent; in the receiver's zone. */
  readonly timestamp: string;
  /** Of the command that this frame answers; only its sender gets it. */
  readonly id?: CorrelationId;
  /** A mark to read on from (`since`); on `connected` and on every change. */
  readonly changeId?: string;
}

/**
 * What may be echoed to the client that sent it: text or a finite number; anything else counts as not sent. (Nesting is
 * free in a frame, so echoing whatever came would let a client choose how deep the server recurses.)
 */
export function asCorrelationId(value: unknown): CorrelationId | undefined {
  return typeof value === 'string' || Number.isFinite(value) ? (value as CorrelationId) : undefined;
}
