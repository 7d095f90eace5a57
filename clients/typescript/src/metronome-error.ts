import { asObject, parsed } from './json.js';

/** The parts of a {@link MetronomeError}. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfter?: number | null;
}

/**
 * Any failure, from each API.
 * - `status`: of the HTTP response; 0 for an error message on a socket and without a response
 * - `code`: the server's code (`TimerNotFoundError`, `ROOM_NOT_FOUND`, `PAUSE_FAILED`), `HTTP_<status>` for a response
 *   without one, or `VALIDATION_ERROR` for a 422 with a list of problems. Without a response: `NETWORK` (not reached),
 *   `CONNECTION_LOST` (the socket closed before the reply, so the command may have taken effect), `TIMEOUT`, `CLOSED`
 * - `details`: the problems of a 422, else the response's further data
 * - `retryAfter`: seconds, if the server sent it
 */
export class MetronomeError extends Error {
  override readonly name = 'MetronomeError';
  readonly status: number;
  readonly code: string;
  readonly details: unknown;
  readonly retryAfter: number | null;

  constructor({ status, code, message, details, retryAfter }: Failure, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfter = retryAfter ?? null;
  }
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The request had no effect. */
export const notReached = (cause?: unknown): MetronomeError =>
  new MetronomeError({ status: 0, code: 'NETWORK', message: 'The server was not reached' }, cause);

/**
 * Reads the error envelope of any API (docs/spec/v1.md#2-errors, docs/spec/rooms.md#errors,
 * docs/spec/legacy.md#legacy-api). @param text the response's body
 */
export function errorOf({ status, statusText, headers }: Response, text: string): MetronomeError {
  const body = asObject(parsed(text));
  const inner = asObject(body['error']);
  const problems = [body['detail'], inner['details']].find(Array.isArray) as readonly unknown[] | undefined;
  const message = asText(body['message']) ?? asText(inner['message']) ?? asText(body['detail']);
  const fallback = problems && !inner['code'] ? 'VALIDATION_ERROR' : `HTTP_${status}`;
  const seconds = Number(headers.get('retry-after') ?? body['retry_after'] ?? NaN);
  return new MetronomeError({
    status,
    code: asText(body['error_type']) ?? asText(inner['code']) ?? fallback,
    message: message ?? (problems ? describe(problems[0]) : statusText || `HTTP ${status}`),
    details: problems ?? inner['details'] ?? (text === '' ? undefined : (parsed(text) ?? text)),
    retryAfter: Number.isFinite(seconds) ? seconds : null,
  });
}

/** `body.title: Field required` */
function describe(problem: unknown): string {
  const { loc, msg } = asObject(problem);
  return `${Array.isArray(loc) ? loc.join('.') : ''}: ${asText(msg) ?? ''}`;
}
