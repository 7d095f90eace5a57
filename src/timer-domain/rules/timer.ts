/** A whole second since 1970-01-01T00:00:00Z, like every documented timestamp (docs/architecture.md#whole-seconds). */
export type Instant = number;

export type TimerStatus = TimerState['status'];

/** The API that started the timer. */
export type TimerOrigin = 'legacy' | 'v1' | 'room';

/**
 * The state of a timer. `elapsed` is the sum of its finished running segments in seconds; {@link elapsedAt} adds the
 * current segment of a running timer. A timer that ends while paused keeps `pausedAt`
 * (docs/spec/v1.md#51-timer-object).
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

/** An event of a timer; `elapsed` is the sum of its segments after the event. */
export interface TimerEvent {
  readonly type: 'paused' | 'resumed' | 'stopped' | 'cancelled' | 'completed';
  readonly at: Instant;
  readonly elapsed: number;
}

/** A history entry as clients see it (docs/spec/v1.md#52-state-rules); start and resume have no `elapsed`. */
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
  /** Ids of the v1 API's schedule, todo and tags; the domain only stores them. */
  readonly scheduleId: string | null;
  readonly todoId: string | null;
  readonly tagIds: readonly string[];
  /** The visibility; null when it was never set (docs/spec/v1.md#11-visibility). */
  readonly visibilityLevel: string | null;
  /** Seconds; 0 is open-ended. For a person's timer the planned duration, for a room's session the exact one. */
  readonly allocatedDuration: number;
  readonly startedAt: Instant;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly history: readonly HistoryEntry[];
  /** Begins at 1, and is incremented by each change. */
  readonly revision: number;
  readonly state: TimerState;
}

/** The links of a timer to a schedule, a todo and tags. */
type Plan = Pick<Timer, 'scheduleId' | 'todoId' | 'tagIds'>;

/** The fields that are chosen when a timer starts; {@link startTimer} derives the others. */
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
  // The history shows a completion as a stop at the target (docs/architecture.md#state).
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

/** The history entry of an event. */
export function historyEntry(event: TimerEvent): HistoryEntry {
  const entry = { action: ACTIONS[event.type], at: event.at };
  return event.type === 'resumed' ? entry : { ...entry, elapsed: event.elapsed };
}

/** The timer after an event, with its new state, history and revision. */
export function applyEvent(timer: Timer, event: TimerEvent): Timer {
  return {
    ...timer,
    state: evolve(timer.state, event),
    history: [...timer.history, historyEntry(event)],
    revision: timer.revision + 1,
    updatedAt: Math.max(timer.updatedAt, event.at),
  };
}

/** Seconds worked until `at`, including a running segment; never negative (docs/architecture.md#whole-seconds). */
export function elapsedAt(state: TimerState, at: Instant): number {
  if (state.status !== 'running') return state.elapsed;
  return state.elapsed + Math.max(0, at - state.runningSince);
}

/**
 * The target of a running room session; null for all other timers, which have no target
 * (docs/architecture.md#a-target-wins).
 */
export function deadlineOf(timer: Pick<Timer, 'roomId' | 'allocatedDuration' | 'state'>): Instant | null {
  if (timer.roomId === null || timer.state.status !== 'running') return null;
  return timer.state.runningSince + timer.allocatedDuration - timer.state.elapsed;
}

/** Whether the timer is neither completed nor cancelled. */
export function isLive(state: TimerState): boolean {
  return state.status === 'running' || state.status === 'paused';
}
