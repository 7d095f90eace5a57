import { Failure } from '../common/errors.js';

/** The key was used before with another method, path or body (docs/spec/extensions.md#idempotency). */
export class IdempotencyKeyReusedError extends Failure {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';

  constructor() {
    super('Idempotency key was used for another request');
  }
}

/** A request with this key is in progress; the client may try again. */
export class IdempotencyKeyInUseError extends Failure {
  readonly code = 'IDEMPOTENCY_KEY_IN_USE';

  constructor() {
    super('A request with this idempotency key is in progress');
  }
}
