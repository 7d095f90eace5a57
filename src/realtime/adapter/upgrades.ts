import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Headers of an upgrade request, including the one of the obsolete h2c upgrade (RFC 9113, 3.1). */
const UPGRADING = new Set(['upgrade', 'connection', 'http2-settings']);

/** Whether a request asks for a websocket, perhaps among other protocols. */
export function asksForWebSocket({ headers: { upgrade = '' } }: Pick<IncomingMessage, 'headers'>): boolean {
  return upgrade.split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

/**
 * Handles an upgrade to an unsupported protocol (`h2c`) as an ordinary request, which HTTP allows (RFC 9110, 7.8).
 * Node has already detached its parser from the connection, so the request is emitted again as a new connection. The
 * connection closes after the response, because each repetition leaves some state behind.
 */
export function answerOrdinarily(server: Server, request: IncomingMessage, stream: Duplex, head: Buffer): void {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!UPGRADING.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  lines.push('Connection: close', '', '');
  stream.unshift(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), head]));
  server.emit('connection', stream);
}
