import { TimerRefusal } from '../../timer-domain/rules/refusal.js';
import { V1Error } from './v1-error.js';

/**
 * What the timer domain refuses, in v1's words; undefined for what is no refusal
 * (docs/spec/v1.md#21-domain-errors-and-500, docs/spec/v1.md#52-state-rules).
 */
export function refusalError(error: unknown, verb = 'control'): V1Error | undefined {
  if (!(error instanceof TimerRefusal)) return undefined;
  switch (error.code) {
    case 'TIMER_NOT_FOUND':
    case 'NOTHING_RUNNING':
      return new V1Error('TimerNotFoundError');
    case 'HISTORY_FULL':
      return new V1Error('TimerHistoryFullError');
    case 'TOO_MANY_ACTIVE':
      return new V1Error('TooManyActiveTimersError');
    case 'LIMIT_REACHED':
      return new V1Error('LimitReachedError', 'timers per month');
    default:
      return new V1Error('InvalidTimerStatusError', `Cannot ${verb} timer with status ${error.status ?? 'unknown'}`);
  }
}
