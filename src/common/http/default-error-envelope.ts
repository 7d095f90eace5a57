import {
  MethodNotAllowedError,
  MalformedRequestError,
  RouteNotFoundError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UPGRADE_HEADERS,
  UpgradeRequiredError,
} from '../errors.js';
import { BodyTooLargeError } from '../errors.js';
import type { ErrorEnvelope, HttpFailure } from './error-envelope.js';

const answer = (status: number, detail: string, headers: Record<string, string> = {}): HttpFailure => ({
  status,
  headers,
  body: { detail },
});

/** The error replies of paths that belong to no API (docs/spec/v1.md#23-others). */
export const defaultErrorEnvelope: ErrorEnvelope = {
  prefix: '/',
  present(error) {
    if (error instanceof RouteNotFoundError) return answer(404, 'Not Found');
    if (error instanceof MethodNotAllowedError) {
      return answer(405, 'Method Not Allowed', { Allow: error.allow.join(', ') });
    }
    if (error instanceof UpgradeRequiredError) return answer(426, error.message, UPGRADE_HEADERS);
    if (error instanceof MalformedRequestError) return answer(400, error.message);
    if (error instanceof BodyTooLargeError) return answer(413, error.message);
    if (error instanceof ServiceUnavailableError) {
      return answer(503, error.message, { 'Retry-After': String(error.retryAfterSeconds) });
    }
    if (error instanceof TooManyRequestsError) {
      const { retryAfterSeconds, message } = error;
      const body = { detail: message, retry_after: retryAfterSeconds };
      return { status: 429, headers: { 'Retry-After': String(retryAfterSeconds) }, body };
    }
    return answer(500, 'Internal server error');
  },
};
