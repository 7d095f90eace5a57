import { Failure } from '../../common/errors.js';

/** The access token opens nothing. The message is the text the caller is told (docs/spec/v1.md#23-others), never a library's. */
export class InvalidAccessTokenError extends Failure {
  readonly code = 'INVALID_ACCESS_TOKEN';
}
