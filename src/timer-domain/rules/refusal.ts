import { Failure } from '../../common/errors.js';
import type { TimerStatus } from './timer.js';

/** Why the timer domain says no. Stable: the generations translate these, each in its own words. */
export type RefusalCode =
  /** no such timer, or it is another person's */
  | 'TIMER_NOT_FOUND'
  | 'NOT_RUNNING'
  | 'ALREADY_RUNNING'
  | 'ALREADY_ENDED'
  /** its target is still ahead, or it has none */
  | 'NOT_DUE'
  /** 1,000 history entries: no further pause (docs/spec/v1.md#52-state-rules) */
  | 'HISTORY_FULL'
  /** a legacy start while any timer of the person runs */
  | 'SOMETHING_RUNNING'
  /** a legacy stop while none does */
  | 'NOTHING_RUNNING'
  /** 1,000 running and paused timers (docs/spec/v1.md#52-state-rules) */
  | 'TOO_MANY_ACTIVE'
  /** 100,000 timers in a month (docs/spec/v1.md#11-requests-and-replies) */
  | 'LIMIT_REACHED';

const MESSAGES: Record<RefusalCode, string> = {
  TIMER_NOT_FOUND: 'Timer not found',
  NOT_RUNNING: 'Timer is not running',
  ALREADY_RUNNING: 'Timer is already running',
  ALREADY_ENDED: 'Timer has ended',
  NOT_DUE: 'Timer has not reached its target',
  HISTORY_FULL: 'Timer history is full',
  SOMETHING_RUNNING: 'Timer is already running',
  NOTHING_RUNNING: 'Timer is already stopped',
  TOO_MANY_ACTIVE: 'Too many active timers',
  LIMIT_REACHED: 'Limit reached: timers per month',
};

/** A command that was judged and refused; nothing changed by it. */
export class TimerRefusal extends Failure {
  /** @param status what the timer was doing, when there is one */
  constructor(
    readonly code: RefusalCode,
    readonly status?: TimerStatus,
  ) {
    super(MESSAGES[code]);
  }
}
