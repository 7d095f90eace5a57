import { TimerRefusal } from './refusal.js';
import { applyEvent, deadlineOf, elapsedAt, type Instant, type Timer, type TimerEvent } from './timer.js';
import { TRANSITIONS, type TimerVerb } from './transitions.js';

/** A command and the time of its request, in milliseconds since the epoch, with fractions. */
export interface TimerCommand {
  readonly verb: TimerVerb;
  readonly now: number;
}

/** The result of a command: at most one event, possibly together with a refusal of the command itself. */
export interface Judgement {
  readonly event?: TimerEvent;
  readonly refusal?: TimerRefusal;
}

/** Number of history entries at which a timer can no longer be paused (docs/spec/v1.md#52-state-rules). */
export const MAX_HISTORY_ENTRIES = 1_000;

/** Maximum number of running and paused timers of one person (docs/spec/v1.md#52-state-rules). */
export const MAX_LIVE_TIMERS = 1_000;

const EVENTS = {
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
  cancel: 'cancelled',
  complete: 'completed',
} as const satisfies Record<TimerVerb, TimerEvent['type']>;

/** The whole second in which a command at `now` takes effect: rounded up (docs/architecture.md#whole-seconds). */
export function tickAt(now: number): Instant {
  return Math.ceil(now / 1_000);
}

/** Decides a command without regard to the timer's target, which {@link judge} considers first. */
export function decide(command: TimerCommand, timer: Timer): TimerEvent | TimerRefusal {
  const { status } = timer.state;
  const transition = TRANSITIONS[status][command.verb];
  if (transition.refuse !== undefined) return new TimerRefusal(transition.refuse, status);
  if (command.verb === 'complete') return decideCompletion(command, timer);
  if (command.verb === 'pause' && timer.history.length >= MAX_HISTORY_ENTRIES) {
    return new TimerRefusal('HISTORY_FULL', status);
  }
  const at = Math.max(tickAt(command.now), lastEventAt(timer));
  return { type: EVENTS[command.verb], at, elapsed: elapsedAt(timer.state, at) };
}

function decideCompletion(command: TimerCommand, timer: Timer): TimerEvent | TimerRefusal {
  if (!isDue(timer, command.now)) return new TimerRefusal('NOT_DUE', timer.state.status);
  // The completion takes effect at the target, however late it is executed.
  return { type: 'completed', at: deadlineOf(timer) ?? 0, elapsed: timer.allocatedDuration };
}

/**
 * Decides a command with regard to the target. A target that has been reached wins over commands at or after it: a due
 * session is completed first, and the command is decided on the completed session (docs/architecture.md#a-target-wins).
 */
export function judge(command: TimerCommand, timer: Timer): Judgement {
  if (command.verb === 'complete' || !isDue(timer, command.now)) return asJudgement(decide(command, timer));
  const completion = decideCompletion(command, timer);
  if (completion instanceof TimerRefusal) return { refusal: completion };
  const { refusal } = asJudgement(decide(command, applyEvent(timer, completion)));
  return { event: completion, ...(refusal ? { refusal } : {}) };
}

/** The timer as a reader sees it at `now`: completed if its target has passed. Writes nothing. */
export function settledAt(timer: Timer, now: number): Timer {
  const { event } = isDue(timer, now) ? judge({ verb: 'complete', now }, timer) : {};
  return event ? applyEvent(timer, event) : timer;
}

/** Whether the timer is a running session whose target is not after `now` (milliseconds). */
export function isDue(timer: Timer, now: number): boolean {
  const deadline = deadlineOf(timer);
  return deadline !== null && deadline * 1_000 <= now;
}

function asJudgement(decided: TimerEvent | TimerRefusal): Judgement {
  return decided instanceof TimerRefusal ? { refusal: decided } : { event: decided };
}

function lastEventAt(timer: Timer): Instant {
  return timer.history.at(-1)?.at ?? timer.startedAt;
}
