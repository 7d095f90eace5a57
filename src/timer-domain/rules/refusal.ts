import { Failure } from '../../common/errors.js';
import type { TimerStatus } from './timer.js';

/** Reasons for refusing a command. Stable: each API translates them to its own errors. */
export type RefusalCode =
  /** the timer does not exist, or belongs to another owner */
  | 'TIMER_NOT_FOUND'
  | 'NOT_RUNNING'
  | 'ALREADY_RUNNING'
  | 'ALREADY_ENDED'
  /** the target is in the future, or the timer has no target */
  | 'NOT_DUE'
  /** 1,000 history entries: no further pause (docs/spec/v1.md#52-state-rules) */
  | 'HISTORY_FULL'
  /** a legacy start while a timer of the person runs */
  | 'SOMETHING_RUNNING'
  /** a legacy stop while no timer of the person runs */
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

/** A command was refused and changed nothing. A due session may have been completed before the decision. */
export class TimerRefusal extends Failure {
  /** @param status of the timer, if it exists */
  constructor(
    readonly code: RefusalCode,
    readonly status?: TimerStatus,
  ) {
    super(MESSAGES[code]);
  }
}
