import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable, Logger } from '@nestjs/common';
import type { Express, Request, Response } from 'express';

import { Failure, MalformedRequestError, MethodNotAllowedError, RouteNotFoundError } from '../errors.js';
import { describeError } from '../logging/describe-error.js';
import { allowedMethods } from './allowed-methods.js';
import { defaultErrorEnvelope } from './default-error-envelope.js';
import { ErrorEnvelopes } from './error-envelope.js';
import { isExpired } from './request-deadline.js';

/** Converts every thrown value to an HTTP reply: JSON in the error envelope of the path's API. */
@Injectable()
@Catch()
export class FailureFilter implements ExceptionFilter {
  private readonly logger = new Logger(FailureFilter.name);

  constructor(private readonly envelopes: ErrorEnvelopes) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (isExpired(response)) return;
    const error = asFailure(thrown, request);
    const envelope = this.envelopes.for(request.path) ?? defaultErrorEnvelope;
    const failure = envelope.present(error, request);
    if (failure.status === 500) {
      const requestId = response.getHeader('X-Request-Id');
      this.logger.error({ msg: 'unexpected error', requestId, ...describeError(error) });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(failure.status).set(failure.headers).json(failure.body);
  }
}

/** Nest and Express report unmatched routes and invalid escapes with their own error classes. */
function asFailure(thrown: unknown, request: Request): unknown {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof URIError) return new MalformedRequestError();
  if (!(thrown instanceof HttpException)) return thrown;
  if (thrown.getStatus() === 400) return new MalformedRequestError();
  if (thrown.getStatus() !== 404) return thrown;
  const allow = allowedMethods(request.app as Express, request.path);
  return allow.length > 0 ? new MethodNotAllowedError(allow) : new RouteNotFoundError();
}
