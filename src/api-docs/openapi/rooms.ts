import { schemaOf } from '../../common/validation/request-schema.js';
import { JoinRequest } from '../../rooms/participants/participant.requests.js';
import { RoomStatisticsQuery } from '../../rooms/statistics/statistics.requests.js';
import { CreateRoomRequest, StartSessionRequest, UpdateRoomRequest } from '../../rooms/rooms/room.requests.js';
import {
  always,
  answered,
  flag,
  listOf,
  nullable,
  oneOfWords,
  ref,
  type Schema,
  type Schemas,
  text,
  utcInstant,
  uuid,
  whole,
} from '../schema.js';
import { CREATED_ROOM, IDLE_ROOM_TIMER, IDS, ROOM, ROOM_TIMER } from './examples.js';
import {
  COUNTED,
  EVERYWHERE,
  type Examples,
  headers,
  json,
  jsonBody,
  parameter,
  type Part,
  pathPart,
  type Paths,
  queriesOf,
  response,
  type Responses,
  SOMETIMES_RETRY,
} from './parts.js';

/** The calls of `/api/v1/rooms` (docs/spec/rooms.md#rooms, docs/spec/extensions.md#rooms). */

const ROOM_CODES = [
  'ROOM_NOT_FOUND',
  'UPGRADE_REQUIRED',
  'TIMER_ALREADY_RUNNING',
  'TIMER_NOT_RUNNING',
  'TIMER_HISTORY_FULL',
  'MAX_PARTICIPANTS_REACHED',
  'FORBIDDEN',
  'VALIDATION_ERROR',
  'INVALID_DURATION',
  'ROOM_NAME_INVALID',
  'BAD_REQUEST',
  'UNAUTHORIZED',
  'PAYLOAD_TOO_LARGE',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'RATE_LIMITED',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_IN_USE',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
] as const;

export type RoomCode = (typeof ROOM_CODES)[number];

const NAME = { examples: ['team-alpha'] };
const seconds = (about: string): Schema => whole(about, { minimum: 60 });
const roomName = text('Letters, digits, hyphen and underscore.', { minLength: 3, maxLength: 50 });

export const roomTimerProperties = (when: (about?: string) => Schema, statuses: readonly string[]): Schemas => ({
  status: oneOfWords(statuses),
  session_type: oneOfWords(['work', 'break']),
  remaining_seconds: whole('The full duration while idle.', { minimum: 0 }),
  target_timestamp: nullable(when('When it ends; null unless running.')),
  started_at: nullable(when('Null while idle.')),
  duration_seconds: whole('Duration of the whole session.', { minimum: 60 }),
  revision: whole('The room’s revision; increases with every change of session or settings.', { minimum: 0 }),
});

export const roomProperties = (when: (about?: string) => Schema, timer: Schema): Schemas => ({
  room_id: uuid('Version 4: whoever knows it may enter.'),
  room_name: roomName,
  work_duration: seconds('Seconds.'),
  break_duration: seconds('Seconds.'),
  current_participants: whole('Participants with an open socket.', { minimum: 0 }),
  max_participants: whole(undefined, { minimum: 1 }),
  timer_state: timer,
  created_at: when(),
  auto_start_break: flag(),
  control: oneOfWords(['everyone', 'host'], 'Who may use the timer.'),
  share_url: text('Opens the room page.', { format: 'uri' }),
  host: nullable(answered({ participant_id: text(), name: text() })),
});

const person = {
  participant_id: text('Public; it does not authenticate.'),
  name: text(undefined, { minLength: 1 }),
  is_host: flag(),
  joined_at: utcInstant(),
};

const errorBody = (codes: readonly string[]): Schema =>
  answered({
    status: always('error'),
    error: answered(
      { code: oneOfWords(codes), message: text(), details: listOf(ref('RoomErrorDetail'), { minItems: 1 }) },
      { optional: ['details'] },
    ),
  });

const REQUESTS: Schemas = {
  NewRoom: schemaOf(CreateRoomRequest, {
    room_name: NAME,
    work_duration_minutes: { default: 25 },
    break_duration_minutes: { default: 5 },
    auto_start_break: { default: true },
  }),
  RoomPatch: schemaOf(UpdateRoomRequest, { room_name: NAME }),
  SessionStart: schemaOf(StartSessionRequest, { session_type: { default: 'work' } }),
  JoinRoom: schemaOf(JoinRequest),
};

export const ROOM_SCHEMAS: Schemas = {
  ...REQUESTS,
  RoomState: answered(roomTimerProperties(utcInstant, ['idle', 'running', 'paused']), {
    description: 'A room’s timer.',
  }),
  Room: answered(roomProperties(utcInstant, ref('RoomState'))),
  CreatedRoom: answered({
    room_id: uuid(),
    room_name: roomName,
    work_duration: seconds('Seconds.'),
    break_duration: seconds('Seconds.'),
    auto_start_break: flag(),
    share_url: text(undefined, { format: 'uri' }),
    created_at: utcInstant(),
    host_token: text('Authenticates the host in `X-Host-Token`; shown only once.', { minLength: 43, maxLength: 43 }),
  }),
  Participant: answered(person),
  JoinedParticipant: answered({
    participant_id: person.participant_id,
    participant_token: text('Authenticates a socket as this participant; shown only once.'),
    room_id: uuid(),
    name: person.name,
    is_host: person.is_host,
    joined_at: person.joined_at,
  }),
  Participants: answered({ participants: listOf(ref('Participant')), count: whole(undefined, { minimum: 0 }) }),
  RoomStatistics: answered({
    period: oneOfWords(['today', 'week', 'month']),
    completed_sessions: whole('Sessions that reached their target.', { minimum: 0 }),
    total_focus_time_seconds: whole(undefined, { minimum: 0 }),
    average_session_duration: whole('Seconds; 0 without sessions.', { minimum: 0 }),
    completion_rate: { type: 'number', minimum: 0, maximum: 1 },
  }),
  RoomErrorDetail: answered(
    {
      loc: listOf({ type: ['string', 'integer'] }, { minItems: 1 }),
      msg: text(),
      type: text(),
      code: oneOfWords(['ROOM_NAME_INVALID', 'INVALID_DURATION']),
    },
    { optional: ['code'] },
  ),
  RoomError: errorBody(ROOM_CODES),
};

/** The schema of an error with one of these codes. */
export const roomError = (...codes: readonly RoomCode[]): Schema => errorBody(codes);

const ANSWER = { ...EVERYWHERE, ...COUNTED };
const errorOf = (code: RoomCode, message: string, details?: unknown): unknown => ({
  status: 'error',
  error: { code, message, ...(details === undefined ? {} : { details }) },
});

const failure = (description: string, errors: readonly (readonly [RoomCode, string])[], more: Part = {}): Part => ({
  description,
  headers: { ...ANSWER, ...more },
  content: json(
    roomError(...errors.map(([code]) => code)),
    Object.fromEntries(errors.map(([code, message]) => [code, errorOf(code, message)])),
  ),
});

const INVALID = errorOf('VALIDATION_ERROR', 'Invalid input data', [
  { loc: ['body', 'room_name'], msg: 'Field required', type: 'missing', code: 'ROOM_NAME_INVALID' },
]);

const NOT_FOUND = [['ROOM_NOT_FOUND', `Room with id '${IDS.room}' not found`]] as const;
const IN_USE = ['IDEMPOTENCY_KEY_IN_USE', 'A request with this idempotency key is in progress'] as const;
const REUSED = ['IDEMPOTENCY_KEY_REUSED', 'Idempotency key was used for another request'] as const;

export const ROOM_RESPONSES: Responses = {
  RoomUnauthorized: failure(
    'The `Authorization` header or the participant token is invalid; the server does not fall back to a guest.',
    [['UNAUTHORIZED', 'Invalid token']],
    headers('WWW-Authenticate'),
  ),
  RoomNotFound: failure('No such room.', NOT_FOUND),
  RoomForbidden: failure('The proof is missing or wrong.', [['FORBIDDEN', 'Only room host can delete the room']]),
  RoomMalformed: failure('The body is not valid JSON.', [['BAD_REQUEST', 'Malformed JSON']]),
  RoomTooLarge: failure('The body is larger than `BODY_MAX_BYTES`.', [['PAYLOAD_TOO_LARGE', 'Request body too large']]),
  RoomInvalid: {
    description:
      'The request is invalid: `VALIDATION_ERROR`, `INVALID_DURATION`, `ROOM_NAME_INVALID`; or `IDEMPOTENCY_KEY_REUSED`.',
    headers: ANSWER,
    content: json(ref('RoomError'), {
      invalid: INVALID,
      reused: errorOf(...REUSED),
    }),
  },
  RoomKeyInUse: failure('The same request is still in progress.', [IN_USE], headers('Retry-After')),
  RoomTooMany: failure(
    'Too many requests of this address; retry after `Retry-After` seconds.',
    [['RATE_LIMITED', 'Too many requests']],
    headers('Retry-After'),
  ),
  RoomInternalError: failure('An error in the server.', [['INTERNAL_ERROR', 'Internal server error']]),
  RoomUnavailable: failure(
    'The database is unavailable; the command may have taken effect.',
    [['SERVICE_UNAVAILABLE', 'Service temporarily unavailable, try again']],
    headers('Retry-After'),
  ),
  RoomRouteNotFound: failure('No such route.', [['NOT_FOUND', 'Not Found']]),
  RoomMethodNotAllowed: failure(
    'The path does not support this method.',
    [['METHOD_NOT_ALLOWED', 'Method Not Allowed']],
    headers('Allow'),
  ),
  RoomBadPath: failure('The path has an invalid escape.', [['BAD_REQUEST', 'Malformed request']]),
};

interface RoomCall {
  readonly id: string;
  readonly summary: string;
  readonly parameters?: readonly Part[];
  readonly body?: { readonly schema: Schema; readonly example: unknown; readonly optional?: true };
  readonly answers: Responses;
  /** Conflicts of this call, in addition to those of a reused idempotency key. */
  readonly conflicts?: readonly (readonly [RoomCode, string])[];
  readonly forbidden?: true;
  /** The call does not concern a particular room. */
  readonly roomless?: true;
}

const roomId = pathPart('room_id', 'Anything but a UUID names an unknown room.', text());
const HOST = [parameter('HostToken'), parameter('ParticipantToken')];
const HOSTED = [parameter('HostToken')];

const read = (call: RoomCall): Part => operation(call, false);
const write = (call: RoomCall): Part => operation(call, true);

function operation(call: RoomCall, keyed: boolean): Part {
  const { body } = call;
  const parameters = [
    ...(call.roomless ? [] : [roomId]),
    ...(call.parameters ?? []),
    ...(keyed ? [parameter('IdempotencyKey')] : []),
  ];
  return {
    operationId: call.id,
    tags: ['Rooms'],
    summary: call.summary,
    security: call.forbidden ? [{ bearer: [] }, { hostToken: [] }, { hostCookie: [] }, {}] : [{}, { bearer: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: jsonBody(body.schema, { body: body.example }, body.optional !== true) } : {}),
    responses: { ...call.answers, ...failures(call, keyed) },
  };
}

function failures({ body, roomless, forbidden, conflicts, parameters }: RoomCall, keyed: boolean): Responses {
  const asked = (parameters ?? []).some((part) => part['in'] === 'query');
  return {
    ...(body ? { 400: response('RoomMalformed'), 413: response('RoomTooLarge') } : {}),
    401: response('RoomUnauthorized'),
    ...(forbidden ? { 403: response('RoomForbidden') } : {}),
    ...(roomless ? {} : { 404: response('RoomNotFound') }),
    ...(keyed ? { 409: conflict(conflicts) } : {}),
    ...(body || keyed || asked ? { 422: response('RoomInvalid') } : {}),
    429: response('RoomTooMany'),
    500: response('RoomInternalError'),
    503: response('RoomUnavailable'),
  };
}

const conflict = (own: RoomCall['conflicts']): Part =>
  own
    ? failure('The command does not apply to the current state.', [...own, IN_USE], SOMETIMES_RETRY)
    : response('RoomKeyInUse');

interface Reply {
  readonly description: string;
  readonly message?: string;
  readonly headers?: Part;
}

const success = (schema: Schema, examples: Examples, { description, message, headers: own }: Reply): Part => ({
  description,
  headers: { ...ANSWER, ...own },
  content: json(
    answered({
      status: always('success'),
      data: schema,
      ...(message === undefined ? {} : { message: always(message) }),
    }),
    Object.fromEntries(
      Object.entries(examples).map(([key, data]) => [
        key,
        { status: 'success', data, ...(message === undefined ? {} : { message }) },
      ]),
    ),
  ),
});

const COOKIE = headers('Set-Cookie');
const REPLAYED = headers('Idempotency-Replayed');
const gone = (description: string): Part => ({ description, headers: { ...ANSWER, ...REPLAYED, ...COOKIE } });

const ROOMS: Paths = {
  '/api/v1/rooms': {
    post: write({
      id: 'createRoom',
      summary: 'Create a room',
      body: {
        schema: ref('NewRoom'),
        example: {
          room_name: 'team-alpha',
          work_duration_minutes: 25,
          break_duration_minutes: 5,
          auto_start_break: true,
        },
      },
      answers: {
        201: success(
          ref('CreatedRoom'),
          { room: CREATED_ROOM },
          {
            description: 'The room and its host token; a cookie makes this browser its host.',
            message: 'Room created successfully',
            headers: { ...COOKIE, ...REPLAYED },
          },
        ),
        // The reply to a repeated request whose room has been deleted.
        404: response('RoomNotFound'),
      },
      roomless: true,
    }),
  },
  '/api/v1/rooms/{room_id}': {
    get: read({
      id: 'getRoom',
      summary: 'A room and its timer',
      answers: { 200: success(ref('Room'), { room: ROOM }, { description: 'The room.', headers: COOKIE }) },
    }),
    patch: write({
      id: 'updateRoom',
      summary: 'Change a room; a running session keeps its target',
      parameters: HOSTED,
      body: { schema: ref('RoomPatch'), example: { work_duration_minutes: 50, control: 'host' } },
      answers: {
        200: success(
          ref('Room'),
          { room: { ...ROOM, work_duration: 3000, control: 'host' } },
          {
            description: 'The current state.',
            message: 'Room updated successfully',
            headers: { ...COOKIE, ...REPLAYED },
          },
        ),
      },
      forbidden: true,
    }),
    put: write({
      id: 'putRoom',
      summary: 'Same as PATCH: absent keys stay unchanged',
      parameters: HOSTED,
      body: { schema: ref('RoomPatch'), example: { room_name: 'team-beta' } },
      answers: {
        200: success(
          ref('Room'),
          { room: { ...ROOM, room_name: 'team-beta' } },
          {
            description: 'The current state.',
            message: 'Room updated successfully',
            headers: { ...COOKIE, ...REPLAYED },
          },
        ),
      },
      forbidden: true,
    }),
    delete: write({
      id: 'deleteRoom',
      summary: 'Delete a room with all its data',
      parameters: HOSTED,
      answers: { 204: gone('It is gone.') },
      forbidden: true,
    }),
  },
};

interface TimerCall {
  readonly verb: 'start' | 'pause' | 'resume' | 'reset';
  readonly summary: string;
  readonly message: string;
  readonly example: unknown;
  readonly conflicts?: RoomCall['conflicts'];
  readonly body?: RoomCall['body'];
}

const NOT_RUNNING = ['TIMER_NOT_RUNNING', 'Timer is not running in this room'] as const;
const ALREADY_RUNNING = ['TIMER_ALREADY_RUNNING', 'Timer is already running in this room'] as const;

const timerCall = ({ verb, summary, message, example, conflicts, body }: TimerCall): Paths => ({
  [`/api/v1/rooms/{room_id}/timer/${verb}`]: {
    post: write({
      id: `${verb}RoomTimer`,
      summary,
      parameters: HOSTED,
      ...(body ? { body } : {}),
      answers: {
        200: success(
          ref('RoomState'),
          { timer: example },
          { description: 'The current state.', message, headers: { ...COOKIE, ...REPLAYED } },
        ),
      },
      ...(conflicts ? { conflicts } : {}),
      forbidden: true,
    }),
  },
});

const TIMER: Paths = {
  ...timerCall({
    verb: 'start',
    summary: 'Start a session, by default of work',
    message: 'Timer started successfully',
    example: ROOM_TIMER,
    conflicts: [ALREADY_RUNNING],
    body: { schema: ref('SessionStart'), example: { session_type: 'work' }, optional: true },
  }),
  ...timerCall({
    verb: 'pause',
    summary: 'Pause the session',
    message: 'Timer paused',
    example: { ...ROOM_TIMER, status: 'paused', target_timestamp: null },
    conflicts: [NOT_RUNNING, ['TIMER_HISTORY_FULL', 'Timer history is full']],
  }),
  ...timerCall({
    verb: 'resume',
    summary: 'Resume the session',
    message: 'Timer resumed',
    example: ROOM_TIMER,
    conflicts: [NOT_RUNNING, ALREADY_RUNNING],
  }),
  ...timerCall({
    verb: 'reset',
    summary: 'Reset to a work session that has not started',
    message: 'Timer reset',
    example: IDLE_ROOM_TIMER,
  }),
};

const ALICE = { participant_id: 'user-123', name: 'Alice', is_host: true, joined_at: '2025-12-04T10:00:00Z' };
const STATISTICS = {
  period: 'today',
  completed_sessions: 8,
  total_focus_time_seconds: 12000,
  average_session_duration: 1500,
  completion_rate: 0.89,
};

const PEOPLE: Paths = {
  '/api/v1/rooms/{room_id}/participants': {
    post: write({
      id: 'joinRoom',
      summary: 'Get an identity in a room, to use on its socket',
      parameters: HOSTED,
      body: { schema: ref('JoinRoom'), example: { participant_name: 'Alice' } },
      answers: {
        201: success(
          ref('JoinedParticipant'),
          {
            joined: {
              participant_id: ALICE.participant_id,
              participant_token: 'q3zV0nYb6H1cQ1l0yJwXk9u2S7gT4mPdRfE5aNhLoBc',
              room_id: IDS.room,
              name: ALICE.name,
              is_host: ALICE.is_host,
              joined_at: ALICE.joined_at,
            },
          },
          { description: 'The token is shown only once.', headers: REPLAYED },
        ),
      },
    }),
    get: read({
      id: 'listParticipants',
      summary: 'List the participants',
      answers: {
        200: success(
          ref('Participants'),
          { people: { participants: [ALICE], count: 1 } },
          { description: 'Participants with an open socket.' },
        ),
      },
    }),
  },
  '/api/v1/rooms/{room_id}/participants/{participant_id}': {
    delete: write({
      id: 'removeParticipant',
      summary: 'Leave a room, or remove a participant',
      parameters: [pathPart('participant_id', 'The participant’s id.', text()), ...HOST],
      answers: { 204: { description: 'The participant was removed.', headers: { ...ANSWER, ...REPLAYED } } },
      forbidden: true,
    }),
  },
  '/api/v1/rooms/{room_id}/statistics': {
    get: read({
      id: 'getRoomStatistics',
      summary: 'Statistics of a room',
      parameters: [
        ...queriesOf(RoomStatisticsQuery, {
          period: { description: 'The period up to now.', default: 'today' },
          timezone: { description: 'The zone that days are counted in.', default: 'UTC' },
        }),
      ],
      answers: {
        200: success(ref('RoomStatistics'), { today: STATISTICS }, { description: 'Finished work sessions.' }),
      },
    }),
  },
};

export const ROOM_PATHS: Paths = { ...ROOMS, ...TIMER, ...PEOPLE };
