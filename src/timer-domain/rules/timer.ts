/** A whole second, counted from 1970-01-01T00:00:00Z. Every documented timestamp is one (docs/architecture.md#whole-seconds). */
export type Instant = number;

export type TimerStatus = TimerState['status'];

/** Which API started it. */
export type TimerOrigin = 'legacy' | 'v1' | 'room';

/**
 * What a timer is doing. `elapsed` is the sum of its finished running segments in seconds; a running timer's current
 * segment comes on top ({@link elapsedAt}). `pausedAt` stays known when a paused timer ends (docs/spec/v1.md#51-timer-object).
 */
export type TimerState =
  | { readonly status: 'running'; readonly runningSince: Instant; readonly elapsed: number }
  | { readonly status: 'paused'; readonly pausedAt: Instant; readonly elapsed: number }
  | EndedState<'completed'>
  | EndedState<'cancelled'>;

interface EndedState<Status extends string> {
  readonly status: Status;
  readonly endedAt: Instant;
  readonly elapsed: number;
  readonly pausedAt: Instant | null;
}

/** Something that happened to a timer; `elapsed` is the sum of its segments afterwards. */
export interface TimerEvent {
  readonly type: 'paused' | 'resumed' | 'stopped' | 'cancelled' | 'completed';
  readonly at: Instant;
  readonly elapsed: number;
}

/** One line of a timer's history as clients see it (docs/spec/v1.md#52-state-rules): what adds up to `elapsed` carries it. */
export interface HistoryEntry {
  readonly action: 'start' | 'pause' | 'resume' | 'stop' | 'cancel';
  readonly at: Instant;
  readonly elapsed?: number;
}

/** A person's timer or a room's session: exactly one of `userId` and `roomId` is set. */
export interface Timer {
  readonly id: string;
  readonly userId: string | null;
  readonly roomId: string | null;
  readonly origin: TimerOrigin;
  readonly sessionType: 'work' | 'break' | null;
  readonly title: string | null;
  readonly description: string | null;
  /** What it is planned with: ids of the API that plans, which the domain keeps and knows no more of. */
  readonly scheduleId: string | null;
  readonly todoId: string | null;
  readonly tagIds: readonly string[];
  /** Who else may read it; null when that was never set (docs/spec/v1.md#11-visibility). */
  readonly visibilityLevel: string | null;
  /** Planned seconds; 0 is open-ended. A plan for a person's timer, the length of a room's session. */
  readonly allocatedDuration: number;
  readonly startedAt: Instant;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly history: readonly HistoryEntry[];
  /** + 1 per change, from 1. */
  readonly revision: number;
  readonly state: TimerState;
}

/** What a timer is planned with, unless it is planned with nothing. */
type Plan = Pick<Timer, 'scheduleId' | 'todoId' | 'tagIds'>;

/** What is chosen when a timer is started; the rest follows. */
export type NewTimer = Pick<
  Timer,
  'id' | 'userId' | 'roomId' | 'origin' | 'sessionType' | 'title' | 'description' | 'allocatedDuration'
> &
  Partial<Plan>;

const UNPLANNED: Plan = { scheduleId: null, todoId: null, tagIds: [] };

const ACTIONS = {
  paused: 'pause',
  resumed: 'resume',
  stopped: 'stop',
  cancelled: 'cancel',
  // In the history a completion is a stop at the target (docs/architecture.md#state).
  completed: 'stop',
} as const satisfies Record<TimerEvent['type'], HistoryEntry['action']>;

/** A timer that starts running at `at`. */
export function startTimer(timer: NewTimer, at: Instant): Timer {
  return {
    ...UNPLANNED,
    ...timer,
    visibilityLevel: null,
    startedAt: at,
    createdAt: at,
    updatedAt: at,
    history: [{ action: 'start', at }],
    revision: 1,
    state: { status: 'running', runningSince: at, elapsed: 0 },
  };
}

/** The state after an event. */
export function evolve(state: TimerState, event: TimerEvent): TimerState {
  const { at, elapsed } = event;
  const pausedAt = state.status === 'paused' ? state.pausedAt : null;
  switch (event.type) {
    case 'paused':
      return { status: 'paused', pausedAt: at, elapsed };
    case 'resumed':
      return { status: 'running', runningSince: at, elapsed };
    case 'cancelled':
      return { status: 'cancelled', endedAt: at, elapsed, pausedAt };
    case 'stopped':
    case 'completed':
      return { status: 'completed', endedAt: at, elapsed, pausedAt };
  }
}

/** The history entry that an event leaves. */
export function historyEntry(event: TimerEvent): HistoryEntry {
  const entry = { action: ACTIONS[event.type], at: event.at };
  return event.type === 'resumed' ? entry : { ...entry, elapsed: event.elapsed };
}

/** The whole timer after an event: state, history, and one revision more. */
export function applyEvent(timer: Timer, event: TimerEvent): Timer {
  return {
    ...timer,
    state: evolve(timer.state, event),
    history: [...timer.history, historyEntry(event)],
    revision: timer.revision + 1,
    updatedAt: Math.max(timer.updatedAt, event.at),
  };
}

/** Seconds worked by `at`, a running segment included; never negative (docs/architecture.md#whole-seconds). */
export function elapsedAt(state: TimerState, at: Instant): number {
  if (state.status !== 'running') return state.elapsed;
  return state.elapsed + Math.max(0, at - state.runningSince);
}

/**
 * When a running room session reaches its target; null for everything else (docs/architecture.md#a-target-wins: only a
 * room's has one).
 */
export function deadlineOf(timer: Pick<Timer, 'roomId' | 'allocatedDuration' | 'state'>): Instant | null {
  if (timer.roomId === null || timer.state.status !== 'running') return null;
  return timer.state.runningSince + timer.allocatedDuration - timer.state.elapsed;
}

/** Neither completed nor cancelled. */
export function isLive(state: TimerState): boolean {
  return state.status === 'running' || state.status === 'paused';
}
