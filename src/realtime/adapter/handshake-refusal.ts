import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { defaultErrorEnvelope } from '../../common/http/default-error-envelope.js';
import type { ErrorEnvelopes } from '../../common/http/error-envelope.js';
import { EXPOSED_HEADERS } from '../../common/http/origins.js';

/** How long a refused peer has to read the response and close. */
const LINGER_MS = 1_000;

/**
 * Refuses a handshake with an HTTP response in the error envelope of its path (docs/spec/sockets.md#handshake).
 * @returns the HTTP status
 */
export function refuse(
  envelopes: ErrorEnvelopes,
  request: IncomingMessage,
  stream: Duplex,
  path: string,
  error: unknown,
  allowedOrigin: string | undefined,
): number {
  const envelope = envelopes.for(path) ?? defaultErrorEnvelope;
  const { status, headers, body } = envelope.present(error, { method: 'GET', path, headers: request.headers });
  const text = JSON.stringify(body);
  const lines = Object.entries({
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    Connection: 'close',
    ...corsHeaders(allowedOrigin),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  part(stream, `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${text}`);
  return status;
}

/**
 * Sends the response and closes. Input is read and dropped, because unread input would cause a reset that discards the
 * response. A peer that does not close is cut off.
 */
function part(stream: Duplex, answer: string): void {
  stream.resume();
  stream.end(answer);
  const cut = setTimeout(() => stream.destroy(), LINGER_MS).unref();
  stream.once('close', () => {
    clearTimeout(cut);
  });
}

function corsHeaders(allowedOrigin: string | undefined): Record<string, string> {
  if (allowedOrigin === undefined) return { Vary: 'Origin' };
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': allowedOrigin,
    'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(','),
  };
}
