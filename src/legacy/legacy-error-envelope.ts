import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  BodyTooLargeError,
  MalformedRequestError,
  MethodNotAllowedError,
  RouteNotFoundError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnsupportedMediaTypeError,
} from '../common/errors.js';
import { type ErrorEnvelope, ErrorEnvelopes, type HttpFailure } from '../common/http/error-envelope.js';
import { InvalidRequestError } from '../common/validation/problem.js';
import { toServiceUnavailable } from '../database/database-errors.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '../idempotency/errors.js';
import { isAccountGone } from '../identity/accounts/account-gone.js';
import { InvalidTokenError } from '../identity/legacy-tokens/legacy-token.guard.js';
import { CodeExpiredError, WrongCodeError } from '../identity/mailed-codes/code-sign-in.js';
import { TimerRefusal } from '../timer-domain/rules/refusal.js';
import { InvalidFieldsError, WrongCredentialsError } from './credentials.js';
import { LegacyPresenter, type LegacyBody } from './legacy.presenter.js';
import { MissingValuesError } from './legacy-values.js';

type Answer = Pick<HttpFailure, 'status' | 'body'> & { headers?: Record<string, string> };

const CHALLENGE = { 'WWW-Authenticate': 'Token' };

/** Failures below `/v1/user/`, in the words of docs/spec/legacy.md#calls. */
@Injectable()
export class LegacyErrorEnvelope implements ErrorEnvelope, OnModuleInit {
  readonly prefix = '/v1/user/';

  constructor(
    private readonly envelopes: ErrorEnvelopes,
    private readonly presenter: LegacyPresenter,
  ) {}

  onModuleInit(): void {
    this.envelopes.register(this);
  }

  present(thrown: unknown): HttpFailure {
    const error = isAccountGone(thrown) ? new InvalidTokenError() : toServiceUnavailable(thrown);
    const { status, body, headers } = this.rowOf(error) ?? this.signInAnswer(error) ?? this.faultOf(error);
    return { status, body, headers: { ...this.presenter.headers(), ...headers } };
  }

  /** The rows of the table in docs/spec/legacy.md#other-errors. */
  private rowOf(error: unknown): Answer | undefined {
    if (error instanceof InvalidTokenError) return { status: 401, body: { detail: error.message }, headers: CHALLENGE };
    if (error instanceof MissingValuesError) return this.plain(400, error.message);
    if (!(error instanceof TimerRefusal)) return undefined;
    const { code, message } = error;
    if (code !== 'SOMETHING_RUNNING' && code !== 'NOTHING_RUNNING') return this.plain(400, message);
    return { status: 409, body: this.presenter.timer(409, message) };
  }

  /** Responses to failed sign-ins (docs/spec/legacy.md#tokens). */
  private signInAnswer(error: unknown): Answer | undefined {
    if (error instanceof InvalidFieldsError) return { status: 400, body: error.problems };
    if (error instanceof WrongCredentialsError) return { status: 400, body: { non_field_errors: [error.message] } };
    if (error instanceof WrongCodeError) return { ...this.plain(401, error.message), headers: CHALLENGE };
    if (error instanceof CodeExpiredError) return this.plain(410, error.message);
    return undefined;
  }

  private faultOf(error: unknown): Answer {
    if (error instanceof RouteNotFoundError) return this.fault(404, error.message);
    if (error instanceof MethodNotAllowedError)
      return this.fault(405, error.message, { Allow: error.allow.join(', ') });
    if (error instanceof MalformedRequestError) return this.fault(400, error.message);
    if (error instanceof BodyTooLargeError) return this.fault(413, error.message);
    if (error instanceof UnsupportedMediaTypeError) return this.fault(415, error.message);
    if (error instanceof TooManyRequestsError) {
      return this.fault(429, error.message, { 'Retry-After': String(error.retryAfterSeconds) });
    }
    if (error instanceof ServiceUnavailableError) {
      return this.fault(503, error.message, { 'Retry-After': String(error.retryAfterSeconds) });
    }
    return this.keyAnswer(error) ?? this.fault(500, 'Internal server error');
  }

  /** The response to an `Idempotency-Key` that cannot be used (docs/spec/extensions.md#sockets). */
  private keyAnswer(error: unknown): Answer | undefined {
    if (error instanceof IdempotencyKeyReusedError) return this.fault(422, error.message);
    if (error instanceof IdempotencyKeyInUseError) return this.fault(409, error.message, { 'Retry-After': '1' });
    const [problem] = error instanceof InvalidRequestError ? error.problems : [];
    return problem && this.fault(422, `${problem.loc.at(-1) ?? ''}: ${problem.msg}`);
  }

  private plain(status: number, text: string): { status: number; body: LegacyBody } {
    return { status, body: this.presenter.plain(status, text) };
  }

  private fault(status: number, text: string, headers: Record<string, string> = {}): Answer {
    return { status, body: this.presenter.fault(status, text), headers };
  }
}
