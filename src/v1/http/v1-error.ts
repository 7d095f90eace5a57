import { Failure } from '../../common/errors.js';

/** The domain errors of docs/spec/v1.md#21-domain-errors-and-500 that arise in v1 itself: status and message. */
const ERRORS = {
  TimerNotFoundError: [404, 'Timer not found'],
  NoActiveTimerError: [404, 'No active timer found'],
  ScheduleNotFoundError: [404, 'Schedule not found'],
  TodoNotFoundError: [404, 'Todo not found'],
  TagGroupNotFoundError: [404, (id: string) => `Tag group not found: ${id}`],
  TagNotFoundError: [404, (id: string) => `Tag not found: ${id}`],
  TokenNotFoundError: [404, 'Token not found'],
  InvalidTimerStatusError: [400, (reason: string) => reason],
  InvalidRecurrenceRuleError: [400, 'Invalid recurrence rule: RRULE format is invalid'],
  InvalidRecurrenceEndError: [400, 'Invalid recurrence end: recurrence_end must be after start_time'],
  InvalidScheduleTimeError: [400, 'Invalid schedule time: end_time must be after start_time'],
  RecurringScheduleError: [400, 'This schedule is not a recurring schedule'],
  ScheduleAlreadyLinkedToTodoError: [
    400,
    'This schedule is already linked to a Todo. Cannot create another Todo from it.',
  ],
  TodoInvalidParentError: [400, 'Invalid parent Todo: parent does not exist'],
  TodoSelfReferenceError: [400, 'Cannot set Todo as its own parent'],
  TodoCycleError: [400, 'Cannot create cycle in Todo hierarchy'],
  TodoParentGroupMismatchError: [400, 'Parent and child Todo must belong to the same tag group'],
  DuplicateTagNameError: [409, (name: string) => `Tag name already exists in this group: ${name}`],
  InvalidTimezoneError: [400, (name: string) => `Invalid timezone: ${name}`],
  AccessDeniedError: [403, `You don't have permission to access this resource`],
  TooManyActiveTimersError: [400, 'Too many active timers'],
  TimerHistoryFullError: [400, 'Timer history is full'],
  LimitReachedError: [400, (what: string) => `Limit reached: ${what}`],
  RevisionConflictError: [409, 'Timer was changed meanwhile'],
} as const satisfies Record<string, readonly [number, string | ((detail: string) => string)]>;

export type V1ErrorType = keyof typeof ERRORS;

/** A request that v1 understands and refuses (docs/spec/v1.md#21-domain-errors-and-500). */
export class V1Error extends Failure {
  readonly code: V1ErrorType;
  readonly status: number;

  /** @param detail what the message of some types is made with: an id, a name */
  constructor(type: V1ErrorType, detail = '') {
    const [status, message] = ERRORS[type];
    super(typeof message === 'string' ? message : message(detail));
    this.code = type;
    this.status = status;
  }

  /** As answers name it; the two ways of missing a timer are one type. */
  get errorType(): string {
    return this.code === 'NoActiveTimerError' ? 'TimerNotFoundError' : this.code;
  }
}
