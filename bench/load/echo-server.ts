import { createServer } from 'node:net';

/**
 * The cheapest possible server: the same bytes for every request, unread. Its rate is the load generator's capacity.
 */
const body = process.env['BODY'] ?? '';
const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}`;
const answer = Buffer.from(`${head}\r\nX-Padding: ${'x'.repeat(300)}\r\n\r\n${body}`);

createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(answer)).on('error', () => socket.destroy());
}).listen(Number(process.env['PORT']), '127.0.0.1');
