import express, { type Request, type Response } from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';

import type { DeliveryReport } from '../delivery-runner.js';
import { serveJobs } from '../harness/serve-jobs.js';

/**
 * A hand-written room: Express 5 and `pg`, one named UPDATE of one row, then one Buffer sent to each raw `ws` socket of
 * the room, then the response. It authenticates no one and keeps no log.
 */
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
const sockets = new Map<string, Set<WebSocket>>();
let committed = new Map<string, number>();

const CHANGE = {
  name: 'change',
  text: `UPDATE hand_written_rooms SET status = $2, changed_at = now(), revision = revision + 1 WHERE id = $1
    RETURNING revision, changed_at`,
};

async function change({ params }: Request, response: Response): Promise<void> {
  const roomId = String(params['id']);
  const status = params['verb'] === 'pause' ? 'paused' : 'running';
  const { rows } = await pool.query<{ revision: number; changed_at: Date }>({ ...CHANGE, values: [roomId, status] });
  if (rows[0] === undefined) {
    response.status(404).json({ success: false });
    return;
  }
  const { revision, changed_at: timestamp } = rows[0];
  committed.set(`${roomId} ${revision}`, performance.timeOrigin + performance.now());
  const times = { target_timestamp: '2026-03-02T12:25:00Z', started_at: '2026-03-02T12:00:00Z' };
  const timer = { status, session_type: 'work', remaining_seconds: 1500, duration_seconds: 1500, ...times, revision };
  const frame = Buffer.from(JSON.stringify({ event: 'timer_update', data: timer, timestamp }));
  for (const socket of sockets.get(roomId) ?? []) socket.send(frame, { binary: false });
  response.json({ success: true, data: timer });
}

const app = express().disable('etag').disable('x-powered-by');
app.post('/api/v1/rooms/:id/timer/:verb', change);
const server = createServer(app);
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, request) => {
  const roomId = (request.url ?? '').split('/').at(-1) ?? '';
  sockets.set(roomId, (sockets.get(roomId) ?? new Set()).add(socket));
});
const listening = (async () => {
  await pool.query(`CREATE TABLE hand_written_rooms
    (id text PRIMARY KEY, status text, changed_at timestamptz, revision int) WITH (fillfactor = 70)`);
  await pool.query(`INSERT INTO hand_written_rooms VALUES ('room', 'running', now(), 0)`);
  return new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
})();

serveJobs(async (): Promise<DeliveryReport> => {
  const report = { port: await listening, committed };
  committed = new Map();
  return report;
});
