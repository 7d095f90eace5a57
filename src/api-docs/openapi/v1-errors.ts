import {
  answered,
  listOf,
  oneOfWords,
  ref,
  type Schema,
  type Schemas,
  text,
  utcInstant,
  uuid,
  whole,
} from '../schema.js';
import { COUNTED, EVERYWHERE, headers, json, type Part, type Responses } from './parts.js';

/** Errors of v1 (docs/spec/v1.md#2-errors). */

/** The domain errors of docs/spec/v1.md#21-domain-errors-and-500: status and message. */
const DOMAIN_ERRORS = {
  TimerNotFoundError: [404, 'Timer not found'],
  ScheduleNotFoundError: [404, 'Schedule not found'],
  TodoNotFoundError: [404, 'Todo not found'],
  FriendshipNotFoundError: [404, 'Friendship not found'],
  SessionNotFoundError: [404, 'Session not found'],
  FriendCodeNotFoundError: [404, 'Friend code not found'],
  TagGroupNotFoundError: [404, 'Tag group not found: 7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d12'],
  TagNotFoundError: [404, 'Tag not found: 7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d11'],
  InvalidTimerStatusError: [400, 'Cannot pause timer with status completed'],
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
  DuplicateTagNameError: [409, 'Tag name already exists in this group: Maths'],
  InvalidTimezoneError: [400, 'Invalid timezone: Mars/Olympus'],
  FriendRequestAlreadyExistsError: [409, 'Friend request already exists'],
  AlreadyFriendsError: [409, 'Already friends with this user'],
  CannotFriendSelfError: [400, 'Cannot send friend request to yourself'],
  FriendRequestNotPendingError: [400, 'Friend request is not pending'],
  NotFriendRequestRecipientError: [403, 'You are not the recipient of this friend request'],
  UserBlockedError: [403, 'This user is blocked or has blocked you'],
  NotFriendsError: [403, 'You are not friends with this user'],
  AccessDeniedError: [403, "You don't have permission to access this resource"],
  VisibilityNotFoundError: [404, 'Visibility setting not found'],
  CannotShareWithNonFriendError: [400, 'Cannot share with non-friend users in SELECTED_FRIENDS mode'],
  EmailAlreadyRegisteredError: [409, 'Email already registered'],
  ReauthenticationRequiredError: [403, 'Password or a fresh token required'],
  InvalidCodeError: [400, 'Invalid or expired code'],
  TokenNotFoundError: [404, 'Token not found'],
  TooManyActiveTimersError: [400, 'Too many active timers'],
  TimerHistoryFullError: [400, 'Timer history is full'],
  LimitReachedError: [400, 'Limit reached: timers per month'],
  RevisionConflictError: [409, 'Timer was changed meanwhile'],
  IdempotencyKeyReusedError: [422, 'Idempotency key was used for another request'],
  IdempotencyKeyInUseError: [409, 'A request with this idempotency key is in progress'],
  InternalServerError: [500, 'Internal server error'],
  ServiceUnavailableError: [503, 'Service temporarily unavailable, try again'],
} as const satisfies Record<string, readonly [number, string]>;

export type DomainErrorType = keyof typeof DOMAIN_ERRORS;

export const statusOf = (type: DomainErrorType): number => DOMAIN_ERRORS[type][0];

/** A response for these domain errors; the first alternative among a call’s errors. */
export const domainError = (types: readonly DomainErrorType[]): Schema => ({
  allOf: [ref('DomainError'), { type: 'object', properties: { error_type: oneOfWords(types) } }],
});

/** The error's body as in docs/spec/v1.md#21-domain-errors-and-500. */
export function exampleOf(type: DomainErrorType): unknown {
  const [status, message] = DOMAIN_ERRORS[type];
  return {
    error_id: '0e7a5c1e-52d7-4d0c-8a36-0c2d4f1d9b11',
    status_code: status,
    error_type: type,
    message,
    detail: message,
    timestamp: '2026-01-28T10:00:00Z',
    path: '/v1/timers',
  };
}

export const examplesOf = (types: readonly DomainErrorType[]): Record<string, unknown> =>
  Object.fromEntries(types.map((type) => [type, exampleOf(type)]));

/** Problem types of pydantic v2 (docs/spec/v1.md#22-validation-422). */
const PROBLEM_TYPES = [
  'missing',
  'string_type',
  'string_too_short',
  'string_too_long',
  'int_type',
  'int_from_float',
  'int_parsing',
  'float_type',
  'bool_type',
  'bool_parsing',
  'list_type',
  'dict_type',
  'too_long',
  'greater_than',
  'greater_than_equal',
  'less_than_equal',
  'enum',
  'uuid_parsing',
  'datetime_from_date_parsing',
  'date_from_datetime_parsing',
  'value_error',
  'json_invalid',
  'model_attributes_type',
];

export const V1_ERROR_SCHEMAS: Schemas = {
  DomainError: answered(
    {
      error_id: uuid(),
      status_code: whole(),
      error_type: oneOfWords(Object.keys(DOMAIN_ERRORS)),
      message: text(),
      detail: text('Repeats `message`.'),
      timestamp: utcInstant(),
      path: text('The path without the query.'),
    },
    { description: 'A valid request that was refused.' },
  ),
  Problem: answered(
    {
      type: oneOfWords(PROBLEM_TYPES),
      loc: listOf({ type: ['string', 'integer'] }, { minItems: 1, description: 'Begins with body, query or path.' }),
      msg: text('As worded by pydantic v2.'),
      input: { description: 'The value as sent; never a password or a code.' },
      ctx: { type: 'object', description: 'What the message is made with.' },
    },
    { optional: ['input', 'ctx'] },
  ),
  ValidationError: answered(
    { detail: listOf(ref('Problem'), { minItems: 1 }) },
    { description: 'The invalid parts of the request, one entry per problem.' },
  ),
  Detail: answered({ detail: text() }),
  Unauthorized: answered(
    { detail: text(), hint: text('How to continue without a token; in development only.') },
    { optional: ['hint'] },
  ),
  TooManyRequests: answered({ detail: text(), retry_after: whole('Seconds.', { minimum: 1 }) }),
};

const ANSWER = { ...EVERYWHERE, ...COUNTED };

const problem = (description: string, schema: Schema, examples: Record<string, unknown>, more: Part = {}): Part => ({
  description,
  headers: { ...ANSWER, ...more },
  content: json(schema, examples),
});

const VALIDATION_EXAMPLE = {
  detail: [
    {
      type: 'greater_than',
      loc: ['body', 'allocated_duration'],
      msg: 'Input should be greater than 0',
      input: 0,
      ctx: { gt: 0 },
    },
  ],
};

const UNAUTHORIZED = {
  missing: { detail: 'Authorization header missing' },
  revoked: { detail: 'Invalid token: revoked' },
};

export const V1_RESPONSES: Responses = {
  V1Unauthorized: problem(
    'The token is missing or no longer valid: sign out.',
    ref('Unauthorized'),
    UNAUTHORIZED,
    headers('WWW-Authenticate', 'Cache-Control'),
  ),
  V1ForeignOrigin: problem('With `AUTH_MODE=open`: the page belongs to another site.', ref('Detail'), {
    foreign: { detail: 'Origin not allowed' },
  }),
  V1InvalidTimezone: problem(
    '`timezone` names no time zone.',
    domainError(['InvalidTimezoneError']),
    examplesOf(['InvalidTimezoneError']),
  ),
  V1TooLarge: problem('The body is larger than `BODY_MAX_BYTES` (256 KiB).', ref('Detail'), {
    large: { detail: 'Request body too large' },
  }),
  V1Invalid: problem('The path, query or body is invalid.', ref('ValidationError'), {
    invalid: VALIDATION_EXAMPLE,
  }),
  V1InvalidWrite: problem(
    'As for reads; also if the `Idempotency-Key` was used for another request.',
    { anyOf: [ref('ValidationError'), domainError(['IdempotencyKeyReusedError'])] },
    { invalid: VALIDATION_EXAMPLE, ...examplesOf(['IdempotencyKeyReusedError']) },
    headers('Cache-Control'),
  ),
  V1IdempotencyKeyInUse: problem(
    'The same request is still in progress.',
    domainError(['IdempotencyKeyInUseError']),
    examplesOf(['IdempotencyKeyInUseError']),
    headers('Retry-After'),
  ),
  V1TooManyRequests: problem(
    'Too many requests of this user or address; retry after `retry_after` seconds.',
    ref('TooManyRequests'),
    { limit: { detail: 'Too many requests', retry_after: 12 } },
    headers('Retry-After'),
  ),
  V1InternalError: problem(
    'An error in the server.',
    domainError(['InternalServerError']),
    examplesOf(['InternalServerError']),
    headers('Cache-Control'),
  ),
  V1Unavailable: problem(
    'The database is unavailable or a queue is full; the command may have taken effect. Or the issuer’s keys are unavailable.',
    { anyOf: [domainError(['ServiceUnavailableError']), ref('Detail')] },
    {
      ...examplesOf(['ServiceUnavailableError']),
      keys: { detail: 'Authentication service unavailable' },
    },
    headers('Retry-After'),
  ),
  V1NotFound: problem('No such route.', ref('Detail'), { route: { detail: 'Not Found' } }),
  V1MethodNotAllowed: problem(
    'The path does not support this method.',
    ref('Detail'),
    { method: { detail: 'Method Not Allowed' } },
    headers('Allow'),
  ),
  V1Malformed: problem('The path has an invalid escape.', ref('Detail'), { path: { detail: 'Malformed request' } }),
};
