import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  BodyTooLargeError,
  Failure,
  MalformedRequestError,
  MethodNotAllowedError,
  RouteNotFoundError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UPGRADE_HEADERS,
  UpgradeRequiredError,
} from '../../common/errors.js';
import { type ErrorEnvelope, ErrorEnvelopes, type HttpFailure } from '../../common/http/error-envelope.js';
import { InvalidRequestError, type Problem } from '../../common/validation/problem.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import { AuthenticationUnavailableError } from '../../identity/access-tokens/authentication-unavailable.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { isAccountGone } from '../../identity/accounts/account-gone.js';
import { ForeignOriginError } from '../../identity/bearer/authenticated.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '../../idempotency/errors.js';
import { TimerRefusal } from '../../timer-domain/rules/refusal.js';
import {
  InvalidParticipantTokenError,
  NotHostError,
  ParticipantForbiddenError,
  RoomFullError,
  RoomNotFoundError,
} from '../errors.js';

/** An error of the rooms API as clients receive it (docs/spec/rooms.md#errors). */
export interface RoomError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type FailureClass = abstract new (...parameters: never[]) => Failure;

/** Failures whose message is sent unchanged: class, status, code. */
const ROWS: readonly (readonly [FailureClass, number, string])[] = [
  [IdempotencyKeyReusedError, 422, 'IDEMPOTENCY_KEY_REUSED'],
  [IdempotencyKeyInUseError, 409, 'IDEMPOTENCY_KEY_IN_USE'],
  [RoomNotFoundError, 404, 'ROOM_NOT_FOUND'],
  [RoomFullError, 409, 'MAX_PARTICIPANTS_REACHED'],
  [NotHostError, 403, 'FORBIDDEN'],
  [ParticipantForbiddenError, 403, 'FORBIDDEN'],
  [ForeignOriginError, 403, 'FORBIDDEN'],
  [InvalidParticipantTokenError, 401, 'UNAUTHORIZED'],
  [BodyTooLargeError, 413, 'PAYLOAD_TOO_LARGE'],
  [MalformedRequestError, 400, 'BAD_REQUEST'],
  [RouteNotFoundError, 404, 'NOT_FOUND'],
];

/** Refusals of a room's timer (docs/spec/rooms.md#timer-of-a-room). */
const REFUSALS: Partial<Record<TimerRefusal['code'], readonly [string, string]>> = {
  ALREADY_RUNNING: ['TIMER_ALREADY_RUNNING', 'Timer is already running in this room'],
  NOT_RUNNING: ['TIMER_NOT_RUNNING', 'Timer is not running in this room'],
  HISTORY_FULL: ['TIMER_HISTORY_FULL', 'Timer history is full'],
};

/**
 * Converts a failure to an error of the rooms API, for REST and sockets (docs/spec/rooms.md#errors).
 * @param method of the request; sockets use the rules of POST
 */
export function roomError(thrown: unknown, method = 'POST'): RoomError {
  const error = isAccountGone(thrown)
    ? new InvalidAccessTokenError('Invalid token: revoked')
    : toServiceUnavailable(thrown);
  const row = ROWS.find(([type]) => error instanceof type);
  if (row && error instanceof Failure) {
    const headers = error instanceof IdempotencyKeyInUseError ? { headers: { 'Retry-After': '1' } } : {};
    return { status: row[1], code: row[2], message: error.message, ...headers };
  }
  return refusalOf(error) ?? requestError(error, method) ?? transportError(error);
}

function refusalOf(error: unknown): RoomError | undefined {
  const words = error instanceof TimerRefusal ? REFUSALS[error.code] : undefined;
  return words && { status: 409, code: words[0], message: words[1] };
}

function requestError(error: unknown, method: string): RoomError | undefined {
  if (!(error instanceof InvalidRequestError)) return undefined;
  const { problems } = error;
  if (problems.some(({ type }) => type === 'json_invalid')) {
    return { status: 400, code: 'BAD_REQUEST', message: 'Malformed JSON' };
  }
  return {
    status: 422,
    code: topLevelCode(problems, method),
    message: 'Invalid input data',
    details: problems.map(detailOf),
  };
}

const DURATIONS = new Set(['work_duration_minutes', 'break_duration_minutes']);
const fieldOf = ({ loc }: Problem): string => (loc[0] === 'body' ? String(loc[1]) : '');
const isDuration = (problem: Problem): boolean => DURATIONS.has(fieldOf(problem));

const isName = (problem: Problem): boolean => fieldOf(problem) === 'room_name';

function topLevelCode(problems: readonly Problem[], method: string): string {
  if (problems.every(isDuration)) return 'INVALID_DURATION';
  // A new room's name has been VALIDATION_ERROR since the first document (docs/spec/rooms.md#errors).
  return method !== 'POST' && problems.every(isName) ? 'ROOM_NAME_INVALID' : 'VALIDATION_ERROR';
}

/** The seed's three keys, and a code for problems of the name or a duration. */
function detailOf(problem: Problem) {
  const { loc, msg, type } = problem;
  const code = isDuration(problem) ? 'INVALID_DURATION' : isName(problem) ? 'ROOM_NAME_INVALID' : undefined;
  return { loc, msg, type, ...(code === undefined ? {} : { code }) };
}

function transportError(error: unknown): RoomError {
  if (error instanceof InvalidAccessTokenError) {
    return { status: 401, code: 'UNAUTHORIZED', message: 'Invalid token', headers: { 'WWW-Authenticate': 'Bearer' } };
  }
  if (error instanceof MethodNotAllowedError) {
    const headers = { Allow: error.allow.join(', ') };
    return { status: 405, code: 'METHOD_NOT_ALLOWED', message: error.message, headers };
  }
  if (error instanceof UpgradeRequiredError) {
    return { status: 426, code: error.code, message: error.message, headers: UPGRADE_HEADERS };
  }
  if (error instanceof TooManyRequestsError) {
    const headers = { 'Retry-After': String(error.retryAfterSeconds) };
    return { status: 429, code: 'RATE_LIMITED', message: 'Too many requests', headers };
  }
  if (error instanceof ServiceUnavailableError || error instanceof AuthenticationUnavailableError) {
    const seconds = error instanceof ServiceUnavailableError ? error.retryAfterSeconds : 1;
    return {
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      message: error.message,
      headers: { 'Retry-After': String(seconds) },
    };
  }
  return { status: 500, code: 'INTERNAL_ERROR', message: 'Internal server error' };
}

/** The envelope for failures below a path prefix, in the format of the rooms API. */
export const roomsEnvelope = (prefix: string): ErrorEnvelope => ({
  prefix,
  present(thrown, { method }): HttpFailure {
    const { status, code, message, details, headers } = roomError(thrown, method);
    const error = { code, message, ...(details === undefined ? {} : { details }) };
    return { status, headers: { ...headers }, body: { status: 'error', error } };
  },
});

/** Registers the envelope for REST and for refused handshakes. */
@Injectable()
export class RoomsErrorEnvelope implements OnModuleInit {
  constructor(private readonly envelopes: ErrorEnvelopes) {}

  onModuleInit(): void {
    for (const prefix of ['/api/v1/', '/ws/room/']) this.envelopes.register(roomsEnvelope(prefix));
  }
}
