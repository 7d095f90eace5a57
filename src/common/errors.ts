/**
 * Something a caller is told: one class per failure, a stable code, the facts as fields. Each generation words it in
 * its own envelope, so the text here is for people who read code and logs.
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

/** The path exists, but not for this method. */
export class MethodNotAllowedError extends Failure {
  readonly code = 'METHOD_NOT_ALLOWED';

  /** @param allow the methods the path answers to, upper case: the `Allow` header */
  constructor(readonly allow: readonly string[]) {
    super('Method Not Allowed');
  }
}

/** A socket's path was asked for without an upgrade. */
export class UpgradeRequiredError extends Failure {
  readonly code = 'UPGRADE_REQUIRED';

  constructor() {
    super('Upgrade to websocket required');
  }
}

/** What a refusal of this kind says of the protocol to ask for (RFC 9110, 15.5.22). */
export const UPGRADE_HEADERS = { Upgrade: 'websocket', Connection: 'Upgrade, close' } as const;

/** The body is larger than `BODY_MAX_BYTES`. */
export class BodyTooLargeError extends Failure {
  readonly code = 'BODY_TOO_LARGE';

  constructor() {
    super('Request body too large');
  }
}

/** The body's content type is none that this call reads. */
export class UnsupportedMediaTypeError extends Failure {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';

  constructor() {
    super('Unsupported Media Type');
  }
}

/** The request cannot be read as HTTP means it: a broken escape in the path, a broken encoding of the body. */
export class MalformedRequestError extends Failure {
  readonly code = 'MALFORMED_REQUEST';

  constructor() {
    super('Malformed request');
  }
}

/**
 * The database is away, a queue is full, or a command kept losing to others. The command may have happened.
 * HTTP 503 with `Retry-After` in every generation.
 */
export class ServiceUnavailableError extends Failure {
  readonly code = 'SERVICE_UNAVAILABLE';

  /** @param retryAfterSeconds when it is worth trying again */
  constructor(readonly retryAfterSeconds = 1) {
    super('Service temporarily unavailable, try again');
  }
}

/** More requests than the limits allow (docs/spec/v1.md#42-rate-limits, docs/spec/rooms.md#limits). */
export class TooManyRequestsError extends Failure {
  readonly code = 'TOO_MANY_REQUESTS';

  /** @param retryAfterSeconds when the next one will be let in */
  constructor(readonly retryAfterSeconds: number) {
    super('Too many requests');
  }
}
