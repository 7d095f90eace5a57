import { Failure } from '../../common/errors.js';

/** The access token opens nothing. The message is the text the caller is told (v1.md 2.3), never a library's. */
export class InvalidAccessTokenError extends Failure {
  readonly code = 'INVALID_ACCESS_TOKEN';
}
