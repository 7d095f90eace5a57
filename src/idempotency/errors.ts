import { Failure } from '../common/errors.js';

/** The key was used for another request: another method, path or body (docs/spec/extensions.md#idempotency). */
export class IdempotencyKeyReusedError extends Failure {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';

  constructor() {
    super('Idempotency key was used for another request');
  }
}

/** The same request is being carried out at this moment; try again. */
export class IdempotencyKeyInUseError extends Failure {
  readonly code = 'IDEMPOTENCY_KEY_IN_USE';

  constructor() {
    super('A request with this idempotency key is in progress');
  }
}
