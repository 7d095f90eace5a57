import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

import type { FanOutJob, FanOutReport } from '../fan-out-runner.js';
import { serveJobs } from '../harness/serve-jobs.js';

/** A hand-written loop: a room is a set of raw `ws` sockets, and one shared Buffer is sent to each. */
const rooms = new Map<string, Set<WebSocket>>();
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  const roomId = (request.url ?? '').split('/').at(-1) ?? '';
  rooms.set(roomId, (rooms.get(roomId) ?? new Set()).add(socket));
});
const listening = new Promise<number>((resolve) => {
  server.listen(0, '127.0.0.1', () => {
    resolve((server.address() as AddressInfo).port);
  });
});

async function broadcastAll({ roomIds, events, revision }: FanOutJob): Promise<FanOutReport> {
  const port = await listening;
  const before = process.cpuUsage();
  for (let event = 0; event < events; event += 1) {
    for (const roomId of roomIds) {
      const data = { status: 'running', session_type: 'work', remaining_seconds: 1500, duration_seconds: 1500 };
      const times = { target_timestamp: '2026-03-02T12:25:00Z', started_at: '2026-03-02T12:00:00Z' };
      const timer = { ...data, ...times, revision: revision + event };
      const frame = { event: 'timer_update', data: timer, timestamp: '2026-03-02T12:00:00Z' };
      const buffer = Buffer.from(JSON.stringify(frame));
      for (const socket of rooms.get(roomId) ?? []) socket.send(buffer, { binary: false });
    }
  }
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const { user, system } = process.cpuUsage(before);
  return { port, cpuSeconds: (user + system) / 1e6 };
}

serveJobs((job) => broadcastAll(job as FanOutJob));
