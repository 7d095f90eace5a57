import { decide, isDue, tickAt } from './decide.js';
import { TimerRefusal } from './refusal.js';
import { applyEvent, deadlineOf, type Instant, startTimer, type Timer, type TimerEvent } from './timer.js';

export type SessionType = 'work' | 'break';

/** What a room's clock is set to; a running session keeps its target when these change (rooms.md, `PATCH /rooms/{id}`). */
export interface RoomClockSettings {
  /** The room's; its sessions begin with it as their title. */
  readonly name: string;
  readonly workSeconds: number;
  readonly breakSeconds: number;
  readonly autoStartBreak: boolean;
}

/** A room's clock: its settings, what it shows when idle, and the session that runs or is paused. */
export interface RoomClock extends RoomClockSettings {
  readonly roomId: string;
  readonly idleType: SessionType;
  /** + 1 for each change of session or settings, over all sessions (rooms.md). */
  readonly revision: number;
  /** Live; null when idle. */
  readonly session: Timer | null;
}

/** What clients see of a room's clock, times as instants. */
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

/** A change of a room's clock as its log and its sockets know it. */
export interface RoomChange {
  readonly revision: number;
  readonly action: RoomAction;
  readonly state: RoomState;
  /** A session that reached its target. */
  readonly completed?: { readonly type: SessionType; readonly next: SessionType; readonly autoStart: boolean };
}

/** One step of a room's clock: what happens to the session that was, the one that begins, and the clock afterwards. */
export interface RoomTransition {
  readonly event: { readonly timer: Timer; readonly event: TimerEvent } | null;
  readonly started: Timer | null;
  readonly clock: RoomClock;
  readonly change: RoomChange;
}

/** What people ask of a room's clock. */
export type RoomCommand =
  { readonly verb: 'start'; readonly sessionType: SessionType } | { readonly verb: 'pause' | 'resume' | 'reset' };

/** Ids of sessions; they are random, so they come from outside. */
export type NewId = () => string;

export function stateOf(clock: RoomClock): RoomState {
  const { session } = clock;
  if (session === null) {
    const durationSeconds = durationOf(clock, clock.idleType);
    return { status: 'idle', sessionType: clock.idleType, durationSeconds, startedAt: null, target: null, elapsed: 0 };
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

/** Seconds left at `now` (milliseconds): rounded down, never above the duration (rooms.md, "Timer of a room"). */
export function remainingAt({ status, durationSeconds, target, elapsed }: RoomState, now: number): number {
  const left = status === 'running' && target !== null ? Math.floor(target - now / 1_000) : durationSeconds - elapsed;
  return Math.min(durationSeconds, Math.max(0, left));
}

/** Whether the clock's session has reached its target at `now` (milliseconds). */
export const hasPhasePassed = ({ session }: RoomClock, now: number): boolean => session !== null && isDue(session, now);

/** The session reaches its target: at that instant, however late anybody looks, and a break may begin there. */
export function completePhase(clock: RoomClock, newId: NewId): RoomTransition {
  const { session } = clock;
  if (session === null) throw new Error('an idle clock has no phase to complete');
  const at = deadlineOf(session) ?? session.startedAt;
  const event: TimerEvent = { type: 'completed', at, elapsed: session.allocatedDuration };
  const type = session.sessionType ?? 'work';
  const next = type === 'work' ? 'break' : 'work';
  const autoStart = type === 'work' && clock.autoStartBreak;
  const started = autoStart ? sessionOf(clock, next, at, newId) : null;
  return transition(clock, {
    event: { timer: session, event },
    started,
    idleType: next,
    action: 'complete',
    completed: { type, next, autoStart },
  });
}

/** The clock as a reader sees it at `now`: every phase that has passed is over, without writing anything. */
export function settledClock(clock: RoomClock, now: number, newId: NewId): RoomClock {
  let settled = clock;
  while (hasPhasePassed(settled, now)) settled = completePhase(settled, newId).clock;
  return settled;
}

/**
 * Judges a command on a clock with no phase left to complete.
 * @returns undefined for a reset of a clock that shows work and is idle already: nothing changes
 */
export function decideRoom(
  command: RoomCommand,
  clock: RoomClock,
  now: number,
  newId: NewId,
): RoomTransition | TimerRefusal | undefined {
  switch (command.verb) {
    case 'start':
      return start(command.sessionType, clock, now, newId);
    case 'reset':
      return reset(clock, now);
    default:
      return step(command.verb, clock, now);
  }
}

function start(type: SessionType, clock: RoomClock, now: number, newId: NewId): RoomTransition | TimerRefusal {
  const { session } = clock;
  if (session?.state.status === 'running') return new TimerRefusal('ALREADY_RUNNING', 'running');
  const event = session && interrupted(session, now);
  const started = sessionOf(clock, type, event?.event.at ?? tickAt(now), newId);
  return transition(clock, { event, started, idleType: type, action: 'start' });
}

function reset(clock: RoomClock, now: number): RoomTransition | undefined {
  const { session } = clock;
  if (session === null && clock.idleType === 'work') return undefined;
  const event = session && interrupted(session, now);
  return transition(clock, { event, started: null, idleType: 'work', action: 'reset' });
}

function step(verb: 'pause' | 'resume', clock: RoomClock, now: number): RoomTransition | TimerRefusal {
  const { session } = clock;
  if (session === null) return new TimerRefusal('NOT_RUNNING');
  const decided = decide({ verb, now }, session);
  if (decided instanceof TimerRefusal) return decided;
  return transition(clock, {
    event: { timer: session, event: decided },
    started: null,
    idleType: clock.idleType,
    action: verb,
  });
}

/** A session that is broken off counts as cancelled (design.md, "State"). */
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

function transition(clock: RoomClock, { event, started, idleType, action, completed }: Step): RoomTransition {
  const after = event && applyEvent(event.timer, event.event);
  const live = after !== null && !('endedAt' in after.state) ? after : null;
  const next: RoomClock = { ...clock, idleType, revision: clock.revision + 1, session: started ?? live };
  const change = { revision: next.revision, action, state: stateOf(next), ...(completed ? { completed } : {}) };
  return { event, started, clock: next, change };
}

function sessionOf(clock: RoomClock, sessionType: SessionType, at: Instant, newId: NewId): Timer {
  const chosen = {
    id: newId(),
    userId: null,
    roomId: clock.roomId,
    origin: 'room' as const,
    sessionType,
    title: clock.name,
    description: null,
    allocatedDuration: durationOf(clock, sessionType),
  };
  return startTimer(chosen, at);
}

const durationOf = (clock: Pick<RoomClockSettings, 'workSeconds' | 'breakSeconds'>, type: SessionType): number =>
  type === 'work' ? clock.workSeconds : clock.breakSeconds;
