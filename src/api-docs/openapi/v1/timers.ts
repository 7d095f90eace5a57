import { TimerListQuery } from '../../../v1/timers/timer.requests.js';
import { ref } from '../../schema.js';
import { PAUSED_TIMER, STOPPED_TIMER, TIMER } from '../examples.js';
import { instantNote, listNote, parameter, type Part, pathPart, type Paths, queriesOf } from '../parts.js';
import { LISTED, ok, one, page, read, type Success, type V1Call, write } from '../v1-call.js';
import type { DomainErrorType } from '../v1-errors.js';
import { idPart } from '../v1-requests.js';

/**
 * The calls of `/v1/timers` and the timers of a schedule or todo (docs/spec/v1.md#5-timers,
 * docs/spec/extensions.md#correcting-and-adding-up).
 */

const timerId = pathPart('id', 'The timer’s id.', idPart);
const VIEW = [parameter('IncludeSchedule'), parameter('IncludeTodo'), parameter('TagIncludeMode')];
const LINKS: readonly DomainErrorType[] = ['ScheduleNotFoundError', 'TodoNotFoundError', 'TagNotFoundError'];

const timers: Success = {
  ...page('Timer', TIMER),
  schema: {
    type: 'array',
    items: { anyOf: [ref('Timer'), ref('RoomSessionTimer')] },
    maxItems: 1_000,
  },
};

const READING: Paths = {
  '/v1/timers': {
    get: read({
      id: 'listTimers',
      summary: 'List timers, newest first',
      parameters: [
        ...queriesOf(TimerListQuery, {
          scope: { description: 'Own items, shared ones, or both.', default: 'mine' },
          status: listNote('Any of these, in any case.'),
          type: 'Without links, with a schedule, with a todo; or finished sessions of rooms one was in.',
          start_date: instantNote('Started at or after.'),
          end_date: instantNote('Started at or before.'),
        }),
        parameter('UpdatedSince'),
        ...VIEW,
        ...LISTED,
      ],
      answers: { 200: timers },
      zoned: true,
    }),
    post: write({
      id: 'createTimer',
      summary: 'Start a timer',
      description: 'On the socket: `timer.create`.',
      parameters: VIEW,
      body: {
        schema: ref('NewTimer'),
        examples: {
          timer: {
            allocated_duration: 3600,
            title: '작업 타이머',
            description: '프로젝트 작업',
            tag_ids: [],
          },
        },
      },
      answers: { 201: one('Timer', TIMER, 'The running timer.') },
      errors: [...LINKS, 'TooManyActiveTimersError', 'LimitReachedError'],
      zoned: true,
      deprecated: true,
    }),
  },
  '/v1/timers/active': {
    get: read({
      id: 'getActiveTimer',
      summary: 'Get the newest running or paused timer',
      parameters: VIEW,
      answers: { 200: one('Timer', TIMER) },
      errors: ['TimerNotFoundError'],
      zoned: true,
    }),
  },
  '/v1/timers/{id}': {
    get: read({
      id: 'getTimer',
      summary: 'Get a timer, own or shared',
      parameters: [timerId, ...VIEW],
      answers: { 200: one('Timer', TIMER) },
      errors: ['TimerNotFoundError', 'AccessDeniedError'],
      zoned: true,
    }),
    patch: write({
      id: 'updateTimer',
      summary: 'Change a timer’s title, description, plan or tags',
      parameters: [timerId, ...VIEW],
      body: { schema: ref('TimerPatch'), examples: { title: { title: 'Reading', todo_id: null } } },
      answers: { 200: one('Timer', TIMER) },
      errors: ['TimerNotFoundError', ...LINKS],
      zoned: true,
    }),
    delete: write({
      id: 'deleteTimer',
      summary: 'Delete a timer',
      parameters: [timerId],
      answers: { 200: ok() },
      errors: ['TimerNotFoundError'],
    }),
  },
};

interface Command {
  readonly verb: 'pause' | 'resume' | 'stop' | 'cancel';
  readonly summary: string;
  readonly example: unknown;
  readonly errors?: readonly DomainErrorType[];
}

const command = ({ verb, summary, example, errors = [] }: Command): Part =>
  write({
    id: `${verb}Timer`,
    summary,
    description: `On the socket: \`timer.${verb}\`.`,
    parameters: [timerId, ...VIEW],
    answers: { 200: one('Timer', example) },
    errors: ['TimerNotFoundError', 'InvalidTimerStatusError', ...errors],
    zoned: true,
    deprecated: true,
  });

const CONTROL: Paths = {
  '/v1/timers/{id}/pause': {
    patch: command({
      verb: 'pause',
      summary: 'Pause a timer',
      example: PAUSED_TIMER,
      errors: ['TimerHistoryFullError'],
    }),
  },
  '/v1/timers/{id}/resume': { patch: command({ verb: 'resume', summary: 'Resume a timer', example: TIMER }) },
  '/v1/timers/{id}/stop': { post: command({ verb: 'stop', summary: 'Stop a timer', example: STOPPED_TIMER }) },
  '/v1/timers/{id}/cancel': {
    post: command({
      verb: 'cancel',
      summary: 'Cancel a timer',
      example: { ...STOPPED_TIMER, status: 'CANCELLED' },
    }),
  },
};

const SEGMENTS = [{ start: '2026-01-28T10:00:00Z', end: '2026-01-28T10:30:00Z' }];

const REPAIRING: Paths = {
  '/v1/timers/manual': {
    post: write({
      id: 'addManualTimer',
      summary: 'Add work without a running timer',
      parameters: VIEW,
      body: { schema: ref('ManualTimer'), examples: { work: { title: 'Reading', segments: SEGMENTS } } },
      answers: { 201: one('Timer', STOPPED_TIMER) },
      errors: [...LINKS, 'LimitReachedError'],
      zoned: true,
    }),
  },
  '/v1/timers/{id}/segments': {
    patch: write({
      id: 'correctTimer',
      summary: 'Correct the segments of a timer',
      parameters: [timerId, ...VIEW],
      body: { schema: ref('TimerCorrection'), examples: { correction: { segments: SEGMENTS, revision: 6 } } },
      answers: { 200: one('Timer', STOPPED_TIMER) },
      errors: ['TimerNotFoundError', 'InvalidTimerStatusError', 'RevisionConflictError'],
      zoned: true,
    }),
  },
  '/v1/timers/{id}/revisions': {
    get: read({
      id: 'listTimerRevisions',
      summary: 'List a timer’s revisions, oldest first',
      parameters: [timerId, ...LISTED],
      answers: {
        200: page('TimerRevision', { revision: 1, action: 'start', at: TIMER.created_at, timer: TIMER }),
      },
      errors: ['TimerNotFoundError'],
      zoned: true,
    }),
  },
};

const linked = (call: Pick<V1Call, 'id' | 'summary' | 'answers' | 'errors'>, of: string, more: readonly Part[]) =>
  read({ ...call, parameters: [pathPart('id', `Of the ${of}.`, idPart), ...VIEW, ...more], zoned: true });

const linkedTo = (of: 'schedule' | 'todo', errors: readonly DomainErrorType[]): Paths => ({
  [`/v1/${of}s/{id}/timers`]: {
    get: linked(
      {
        id: `listTimersOf${of === 'todo' ? 'Todo' : 'Schedule'}`,
        summary: `List own timers of a ${of}, newest first`,
        answers: { 200: page('Timer', TIMER) },
        errors: [...errors, 'AccessDeniedError'],
      },
      of,
      LISTED,
    ),
  },
  [`/v1/${of}s/{id}/timers/active`]: {
    get: linked(
      {
        id: `getActiveTimerOf${of === 'todo' ? 'Todo' : 'Schedule'}`,
        summary: `Get the newest running or paused timer of a ${of}`,
        answers: { 200: one('Timer', TIMER) },
        errors: [...errors, 'TimerNotFoundError', 'AccessDeniedError'],
      },
      of,
      [],
    ),
  },
});

export const TIMER_PATHS: Paths = {
  ...READING,
  ...CONTROL,
  ...REPAIRING,
  ...linkedTo('schedule', ['ScheduleNotFoundError']),
  ...linkedTo('todo', ['TodoNotFoundError']),
};
