import { Failure } from '../../common/errors.js';

/** Nobody can say whether the token is good: the keys of its issuer cannot be fetched (docs/spec/v1.md#23-others; HTTP 503). */
export class AuthenticationUnavailableError extends Failure {
  readonly code = 'AUTHENTICATION_UNAVAILABLE';

  constructor() {
    super('Authentication service unavailable');
  }
}
