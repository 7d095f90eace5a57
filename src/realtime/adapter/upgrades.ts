import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Headers that ask for another protocol, and what RFC 9113's former upgrade sends with them. */
const UPGRADING = new Set(['upgrade', 'connection', 'http2-settings']);

/** Whether a request asks for a websocket, perhaps among other protocols. */
export function asksForWebSocket({ headers: { upgrade = '' } }: Pick<IncomingMessage, 'headers'>): boolean {
  return upgrade.split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

/**
 * Answers a request that asks for a protocol we do not speak (`h2c`) as if it did not ask, which HTTP allows (RFC 9110,
 * 7.8). Node has taken its parser off the connection by then, so the request is handed to a new one; the connection
 * ends with its answer, since each of them leaves a little behind.
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
