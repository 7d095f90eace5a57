/**
 * A failure that is reported to the caller: one class per kind, with a stable code and the details as fields. Each API
 * has its own error envelope, so the message here is for readers of code and logs.
 */
export abstract class Failure extends Error {
  abstract readonly code: string;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** No route has this path. */
export class RouteNotFoundError extends Failure {
  readonly code = 'ROUTE_NOT_FOUND';

  constructor() {
    super('Not Found');
  }
}

/** The path exists, but does not support this method. */
export class MethodNotAllowedError extends Failure {
  readonly code = 'METHOD_NOT_ALLOWED';

  /** @param allow the supported methods in upper case, for the `Allow` header */
  constructor(readonly allow: readonly string[]) {
    super('Method Not Allowed');
  }
}

/** A plain HTTP request used the path of a socket endpoint. */
export class UpgradeRequiredError extends Failure {
  readonly code = 'UPGRADE_REQUIRED';

  constructor() {
    super('Upgrade to websocket required');
  }
}

/** Headers of the 426 reply: the protocol to upgrade to (RFC 9110, 15.5.22). */
export const UPGRADE_HEADERS = { Upgrade: 'websocket', Connection: 'Upgrade, close' } as const;

/** The body is larger than `BODY_MAX_BYTES`. */
export class BodyTooLargeError extends Failure {
  readonly code = 'BODY_TOO_LARGE';

  constructor() {
    super('Request body too large');
  }
}

/** The call does not accept the body's content type. */
export class UnsupportedMediaTypeError extends Failure {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';

  constructor() {
    super('Unsupported Media Type');
  }
}

/** The request is not valid HTTP: an invalid escape in the path or an invalid encoding of the body. */
export class MalformedRequestError extends Failure {
  readonly code = 'MALFORMED_REQUEST';

  constructor() {
    super('Malformed request');
  }
}

/**
 * The database is unavailable, a queue is full, or a command repeatedly lost a race. The command may have been
 * executed. Every API replies with HTTP 503 and `Retry-After`.
 */
export class ServiceUnavailableError extends Failure {
  readonly code = 'SERVICE_UNAVAILABLE';

  /** @param retryAfterSeconds seconds to wait before the next attempt */
  constructor(readonly retryAfterSeconds = 1) {
    super('Service temporarily unavailable, try again');
  }
}

/** More requests than the limits allow (docs/spec/v1.md#42-rate-limits, docs/spec/rooms.md#limits). */
export class TooManyRequestsError extends Failure {
  readonly code = 'TOO_MANY_REQUESTS';

  /** @param retryAfterSeconds seconds until the next request is admitted */
  constructor(readonly retryAfterSeconds: number) {
    super('Too many requests');
  }
}
