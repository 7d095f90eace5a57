import { Failure } from '../../common/errors.js';

/** Nobody can say whether the token is good: the keys of its issuer cannot be fetched (v1.md 2.3; HTTP 503). */
export class AuthenticationUnavailableError extends Failure {
  readonly code = 'AUTHENTICATION_UNAVAILABLE';

  constructor() {
    super('Authentication service unavailable');
  }
}
