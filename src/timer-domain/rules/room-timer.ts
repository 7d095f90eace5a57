import { decide, isDue, tickAt } from './decide.js';
import { TimerRefusal } from './refusal.js';
import { applyEvent, deadlineOf, type Instant, startTimer, type Timer, type TimerEvent } from './timer.js';

export type SessionType = 'work' | 'break';

/** Settings of a room timer; a running session keeps its target when they change (docs/spec/rooms.md#rest). */
export interface RoomTimerSettings {
  /** Name of the room, and initial title of its sessions. */
  readonly name: string;
  readonly workSeconds: number;
  readonly breakSeconds: number;
  readonly autoStartBreak: boolean;
}

/** A room timer: its settings, the phase it shows when idle, and the running or paused session. */
export interface RoomTimer extends RoomTimerSettings {
  readonly roomId: string;
  readonly idleType: SessionType;
  /** Incremented by each change of session or settings, across sessions (docs/spec/rooms.md#timer-of-a-room). */
  readonly revision: number;
  /** The live session; null when idle. */
  readonly session: Timer | null;
}

/** The state of a room timer that clients see, with times as instants. */
export interface RoomState {
  readonly status: 'idle' | 'running' | 'paused';
  readonly sessionType: SessionType;
  readonly durationSeconds: number;
  readonly startedAt: Instant | null;
  readonly target: Instant | null;
  /** Seconds of finished segments. */
  readonly elapsed: number;
}

export type RoomAction = 'start' | 'pause' | 'resume' | 'reset' | 'complete';

/** A change of a room timer, as stored in the change log and sent to sockets. */
export interface RoomChange {
  readonly revision: number;
  readonly action: RoomAction;
  readonly state: RoomState;
  /** Set when a session has reached its target. */
  readonly completed?: { readonly type: SessionType; readonly next: SessionType; readonly autoStart: boolean };
}

/** A step of a room timer: the event of the current session, the session that begins, and the room timer afterwards. */
export interface RoomTransition {
  readonly event: { readonly timer: Timer; readonly event: TimerEvent } | null;
  readonly started: Timer | null;
  readonly roomTimer: RoomTimer;
  readonly change: RoomChange;
}

/** A client's command to a room timer. */
export type RoomCommand =
  { readonly verb: 'start'; readonly sessionType: SessionType } | { readonly verb: 'pause' | 'resume' | 'reset' };

/** Generates session ids; passed in, because they are random and these rules are pure. */
export type NewId = () => string;

export function stateOf(roomTimer: RoomTimer): RoomState {
  const { session } = roomTimer;
  if (session === null) {
    const durationSeconds = durationOf(roomTimer, roomTimer.idleType);
    return {
      status: 'idle',
      sessionType: roomTimer.idleType,
      durationSeconds,
      startedAt: null,
      target: null,
      elapsed: 0,
    };
  }
  return {
    status: session.state.status === 'running' ? 'running' : 'paused',
    sessionType: session.sessionType ?? 'work',
    durationSeconds: session.allocatedDuration,
    startedAt: session.startedAt,
    target: deadlineOf(session),
    elapsed: session.state.elapsed,
  };
}

/** Seconds left at `now` (milliseconds), rounded down, at most the duration (docs/spec/rooms.md#timer-of-a-room). */
export function remainingAt({ status, durationSeconds, target, elapsed }: RoomState, now: number): number {
  const left = status === 'running' && target !== null ? Math.floor(target - now / 1_000) : durationSeconds - elapsed;
  return Math.min(durationSeconds, Math.max(0, left));
}

/** Whether the room's session has reached its target at `now` (milliseconds). */
export const hasPhasePassed = ({ session }: RoomTimer, now: number): boolean => session !== null && isDue(session, now);

/** Completes the session at its target, however late this is executed; a break may begin at the same instant. */
export function completePhase(roomTimer: RoomTimer, newId: NewId): RoomTransition {
  const { session } = roomTimer;
  if (session === null) throw new Error('an idle room has no phase to complete');
  const at = deadlineOf(session) ?? session.startedAt;
  const event: TimerEvent = { type: 'completed', at, elapsed: session.allocatedDuration };
  const type = session.sessionType ?? 'work';
  const next = type === 'work' ? 'break' : 'work';
  const autoStart = type === 'work' && roomTimer.autoStartBreak;
  const started = autoStart ? sessionOf(roomTimer, next, at, newId) : null;
  return transition(roomTimer, {
    event: { timer: session, event },
    started,
    idleType: next,
    action: 'complete',
    completed: { type, next, autoStart },
  });
}

/** The room timer as a reader sees it at `now`, with every passed phase completed. Writes nothing. */
export function settledRoomTimer(roomTimer: RoomTimer, now: number, newId: NewId): RoomTimer {
  let settled = roomTimer;
  while (hasPhasePassed(settled, now)) settled = completePhase(settled, newId).roomTimer;
  return settled;
}

/**
 * Decides a command on a room timer whose passed phases are completed.
 * @returns undefined for a reset that changes nothing, because the room timer is idle and shows work already
 */
export function decideRoom(
  command: RoomCommand,
  roomTimer: RoomTimer,
  now: number,
  newId: NewId,
): RoomTransition | TimerRefusal | undefined {
  switch (command.verb) {
    case 'start':
      return start(command.sessionType, roomTimer, now, newId);
    case 'reset':
      return reset(roomTimer, now);
    default:
      return step(command.verb, roomTimer, now);
  }
}

function start(type: SessionType, roomTimer: RoomTimer, now: number, newId: NewId): RoomTransition | TimerRefusal {
  const { session } = roomTimer;
  if (session?.state.status === 'running') return new TimerRefusal('ALREADY_RUNNING', 'running');
  const event = session && interrupted(session, now);
  const started = sessionOf(roomTimer, type, event?.event.at ?? tickAt(now), newId);
  return transition(roomTimer, { event, started, idleType: type, action: 'start' });
}

function reset(roomTimer: RoomTimer, now: number): RoomTransition | undefined {
  const { session } = roomTimer;
  if (session === null && roomTimer.idleType === 'work') return undefined;
  const event = session && interrupted(session, now);
  return transition(roomTimer, { event, started: null, idleType: 'work', action: 'reset' });
}

function step(verb: 'pause' | 'resume', roomTimer: RoomTimer, now: number): RoomTransition | TimerRefusal {
  const { session } = roomTimer;
  if (session === null) return new TimerRefusal('NOT_RUNNING');
  const decided = decide({ verb, now }, session);
  if (decided instanceof TimerRefusal) return decided;
  return transition(roomTimer, {
    event: { timer: session, event: decided },
    started: null,
    idleType: roomTimer.idleType,
    action: verb,
  });
}

/** Cancels the session; an interrupted session counts as cancelled (docs/architecture.md#state). */
function interrupted(session: Timer, now: number): { timer: Timer; event: TimerEvent } {
  const decided = decide({ verb: 'cancel', now }, session);
  if (decided instanceof TimerRefusal) throw decided;
  return { timer: session, event: decided };
}

interface Step {
  readonly event: RoomTransition['event'];
  readonly started: Timer | null;
  readonly idleType: SessionType;
  readonly action: RoomAction;
  readonly completed?: RoomChange['completed'];
}

function transition(roomTimer: RoomTimer, { event, started, idleType, action, completed }: Step): RoomTransition {
  const after = event && applyEvent(event.timer, event.event);
  const live = after !== null && !('endedAt' in after.state) ? after : null;
  const next: RoomTimer = { ...roomTimer, idleType, revision: roomTimer.revision + 1, session: started ?? live };
  const change = { revision: next.revision, action, state: stateOf(next), ...(completed ? { completed } : {}) };
  return { event, started, roomTimer: next, change };
}

function sessionOf(roomTimer: RoomTimer, sessionType: SessionType, at: Instant, newId: NewId): Timer {
  const chosen = {
    id: newId(),
    userId: null,
    roomId: roomTimer.roomId,
    origin: 'room' as const,
    sessionType,
    title: roomTimer.name,
    description: null,
    allocatedDuration: durationOf(roomTimer, sessionType),
  };
  return startTimer(chosen, at);
}

const durationOf = (roomTimer: Pick<RoomTimerSettings, 'workSeconds' | 'breakSeconds'>, type: SessionType): number =>
  type === 'work' ? roomTimer.workSeconds : roomTimer.breakSeconds;
