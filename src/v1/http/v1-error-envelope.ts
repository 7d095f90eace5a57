import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';

import {
  AlreadyFriendsError,
  CannotFriendSelfError,
  CannotShareWithNonFriendError,
  FriendCodeNotFoundError,
  FriendRequestAlreadyExistsError,
  FriendRequestNotPendingError,
  FriendshipNotFoundError,
  NotFriendRequestRecipientError,
  NotFriendsError,
  TooManyRequestsByEmailError,
  UserBlockedError,
  VisibilityNotFoundError,
} from '../../access/errors.js';
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
import {
  type ErrorEnvelope,
  ErrorEnvelopes,
  type FailedRequest,
  type HttpFailure,
} from '../../common/http/error-envelope.js';
import { InvalidTimeZoneError } from '../../common/time/zoned-query.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import { AuthenticationUnavailableError } from '../../identity/access-tokens/authentication-unavailable.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { isAccountGone } from '../../identity/accounts/account-gone.js';
import { ReauthenticationRequiredError, WrongLoginError } from '../../identity/accounts/accounts.js';
import { InvalidCodeError } from '../../identity/accounts/email-proof.js';
import { InvalidResetCodeError } from '../../identity/accounts/password-reset.js';
import { ForeignOriginError } from '../../identity/bearer/authenticated.js';
import { InvalidRefreshTokenError, SessionNotFoundError } from '../../identity/sessions/sessions.js';
import { EmailTakenError } from '../../identity/users/users.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '../../idempotency/errors.js';
import { refusalError } from './timer-refusals.js';
import { V1Error } from './v1-error.js';

type FailureClass = abstract new (...parameters: never[]) => Failure;

/** Failures of the modules below v1 that are domain errors in v1's table (docs/spec/v1.md#21-domain-errors-and-500). */
const DOMAIN_ERRORS: readonly (readonly [FailureClass, number, string])[] = [
  [IdempotencyKeyReusedError, 422, 'IdempotencyKeyReusedError'],
  [IdempotencyKeyInUseError, 409, 'IdempotencyKeyInUseError'],
  [EmailTakenError, 409, 'EmailAlreadyRegisteredError'],
  [SessionNotFoundError, 404, 'SessionNotFoundError'],
  [ReauthenticationRequiredError, 403, 'ReauthenticationRequiredError'],
  [InvalidCodeError, 400, 'InvalidCodeError'],
  [InvalidTimeZoneError, 400, 'InvalidTimezoneError'],
  [AlreadyFriendsError, 409, 'AlreadyFriendsError'],
  [CannotFriendSelfError, 400, 'CannotFriendSelfError'],
  [CannotShareWithNonFriendError, 400, 'CannotShareWithNonFriendError'],
  [FriendCodeNotFoundError, 404, 'FriendCodeNotFoundError'],
  [FriendRequestAlreadyExistsError, 409, 'FriendRequestAlreadyExistsError'],
  [FriendRequestNotPendingError, 400, 'FriendRequestNotPendingError'],
  [FriendshipNotFoundError, 404, 'FriendshipNotFoundError'],
  [NotFriendRequestRecipientError, 403, 'NotFriendRequestRecipientError'],
  [NotFriendsError, 403, 'NotFriendsError'],
  [TooManyRequestsByEmailError, 400, 'LimitReachedError'],
  [UserBlockedError, 403, 'UserBlockedError'],
  [VisibilityNotFoundError, 404, 'VisibilityNotFoundError'],
];

/** Failures that answer with nothing but a text (docs/spec/v1.md#23-others). */
const PLAIN: readonly (readonly [FailureClass, number])[] = [
  [RouteNotFoundError, 404],
  [UpgradeRequiredError, 426],
  [MethodNotAllowedError, 405],
  [BodyTooLargeError, 413],
  [MalformedRequestError, 400],
  [ForeignOriginError, 403],
  [AuthenticationUnavailableError, 503],
  [InvalidAccessTokenError, 401],
  [WrongLoginError, 401],
  [InvalidRefreshTokenError, 401],
  [InvalidResetCodeError, 401],
];

const CHALLENGE = { 'WWW-Authenticate': 'Bearer' };

/** For who runs a guide's sample as it is printed (docs/spec/v1.md#33-development). */
const HINT = 'Get a token from POST /v1/auth/signup, or start the server with AUTH_MODE=open, which asks for none';

/** Failures below `/v1/`, in the words of docs/spec/v1.md#2-errors. */
@Injectable()
export class V1ErrorEnvelope implements ErrorEnvelope, OnModuleInit {
  readonly prefix = '/v1/';

  constructor(
    private readonly envelopes: ErrorEnvelopes,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.envelopes.register(this);
  }

  present(thrown: unknown, request: FailedRequest): HttpFailure {
    const error = isAccountGone(thrown)
      ? new InvalidAccessTokenError('Invalid token: revoked')
      : toServiceUnavailable(thrown);
    const answer = plainAnswer(error) ?? domainAnswer(error, request);
    if (!(error instanceof InvalidAccessTokenError) || !this.givesHints()) return answer;
    return { ...answer, body: { ...(answer.body as object), hint: HINT } };
  }

  private givesHints(): boolean {
    return this.settings.development && this.settings.auth.mode !== 'open';
  }
}

function domainAnswer(error: unknown, request: FailedRequest): HttpFailure {
  const known = refusalError(error) ?? error;
  if (known instanceof V1Error) return domainError(known.status, known.errorType, known.message, request);
  if (known instanceof ServiceUnavailableError) {
    const headers = { 'Retry-After': String(known.retryAfterSeconds) };
    return { ...domainError(503, 'ServiceUnavailableError', known.message, request), headers };
  }
  const row = DOMAIN_ERRORS.find(([type]) => known instanceof type);
  if (row && known instanceof Failure) {
    const answer = domainError(row[1], row[2], known.message, request);
    return known instanceof IdempotencyKeyInUseError ? { ...answer, headers: { 'Retry-After': '1' } } : answer;
  }
  return domainError(500, 'InternalServerError', 'Internal server error', request);
}

function plainAnswer(error: unknown): HttpFailure | undefined {
  if (error instanceof InvalidRequestError) return { status: 422, headers: {}, body: { detail: error.problems } };
  if (error instanceof TooManyRequestsError) {
    const { retryAfterSeconds, message } = error;
    const body = { detail: message, retry_after: retryAfterSeconds };
    return { status: 429, headers: { 'Retry-After': String(retryAfterSeconds) }, body };
  }
  const row = PLAIN.find(([type]) => error instanceof type);
  if (row === undefined || !(error instanceof Failure)) return undefined;
  return { status: row[1], headers: plainHeaders(row[1], error), body: { detail: error.message } };
}

function plainHeaders(status: number, error: Failure): Record<string, string> {
  if (error instanceof MethodNotAllowedError) return { Allow: error.allow.join(', ') };
  if (error instanceof UpgradeRequiredError) return { ...UPGRADE_HEADERS };
  if (status === 503) return { 'Retry-After': '1' };
  return status === 401 ? CHALLENGE : {};
}

/** @returns the body of docs/spec/v1.md#21-domain-errors-and-500; `path` without the query, where secrets may be */
function domainError(status: number, errorType: string, message: string, request: FailedRequest): HttpFailure {
  const body = {
    error_id: randomUUID(),
    status_code: status,
    error_type: errorType,
    message,
    detail: message,
    timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    path: request.path,
  };
  return { status, headers: {}, body };
}
