import { asObject, parsed } from './json.js';

/** What a {@link MetronomeError} is made of. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfter?: number | null;
}

/**
 * Anything that went wrong, from whichever generation of the API.
 *
 * - `status`: of the HTTP answer; 0 for an error frame of a socket and when there was no answer at all
 * - `code`: the server's own word (`TimerNotFoundError`, `ROOM_NOT_FOUND`, `PAUSE_FAILED`); where an answer has none,
 *   `HTTP_<status>`; `VALIDATION_ERROR` for a 422 with a list of problems. Without an answer: `NETWORK` (not reached),
 *   `CONNECTION_LOST` (a socket ended before it answered, so the command may have happened), `TIMEOUT`, `CLOSED`
 * - `details`: the problems of a 422, else whatever the answer had
 * - `retryAfter`: seconds, where the server said
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

/** Nothing has happened. */
export const notReached = (cause?: unknown): MetronomeError =>
  new MetronomeError({ status: 0, code: 'NETWORK', message: 'The server was not reached' }, cause);

/** Reads the envelope of any generation (v1.md 2, rooms.md "Errors", legacy.md). @param text the answer's body */
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
