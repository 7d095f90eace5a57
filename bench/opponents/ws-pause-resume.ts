import { createServer } from 'node:http';
import { JwtService } from '@nestjs/jwt';
import { Pool } from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';

/** A hand-written socket: raw `ws`, a token checked at the handshake, one named UPDATE for each command. */
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
const jwt = new JwtService({ secret: process.env['JWT_SECRET'] ?? '' });

const PAUSE = {
  name: 'pause',
  text: `UPDATE timers SET status = 'paused', elapsed_time = elapsed_time + extract(epoch FROM now() - running_since)::int,
      running_since = NULL, paused_at = now(), revision = revision + 1, updated_at = now()
    WHERE id = $1 AND user_id = $2 AND status = 'running' RETURNING id, title, upper(status) AS status, revision`,
};
const RESUME = {
  name: 'resume',
  text: `UPDATE timers SET status = 'running', running_since = now(), paused_at = NULL, revision = revision + 1, updated_at = now()
    WHERE id = $1 AND user_id = $2 AND status = 'paused' RETURNING id, title, upper(status) AS status, revision`,
};

interface Command {
  readonly type: string;
  readonly payload: { readonly timer_id: string };
  readonly id: string;
}

async function carryOut(socket: WebSocket, userId: string, data: Buffer): Promise<void> {
  const { type, payload, id } = JSON.parse(data.toString()) as Command;
  const statement = type === 'timer.pause' ? PAUSE : RESUME;
  const { rows } = await pool.query<object>({ ...statement, values: [payload.timer_id, userId] });
  const answer = rows[0] ? { type: 'timer.updated', payload: { timer: rows[0] }, id } : { type: 'error', id };
  socket.send(JSON.stringify(answer));
}

const server = createServer((_request, response) => void response.end('{}'));
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  handleProtocols: (names) => [...names][0] ?? '',
});
sockets.on('connection', (socket, request) => {
  const token = (request.headers['sec-websocket-protocol'] ?? '').slice('authorization.bearer.'.length);
  const { sub } = jwt.verify<{ sub: string }>(token);
  socket.on('message', (data: Buffer) => void carryOut(socket, sub, data));
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
