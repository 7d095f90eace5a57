import 'reflect-metadata';

import type { AddressInfo } from 'node:net';

import { createApp } from '../src/app.factory.js';
import { createLogger } from '../src/common/logging/logger.js';
import { readSettings } from '../src/config/settings.js';
import { Hub } from '../src/realtime/hub/hub.js';
import { roomTopic } from '../src/signals/topics.js';
import { serveJobs } from './harness/serve-jobs.js';

/** Broadcasts to rooms within one turn of the event loop, each to every participant of its room. */
export interface FanOutJob {
  readonly roomIds: readonly string[];
  /** Broadcasts for each room. */
  readonly events: number;
  /** Revision of the first broadcast. */
  readonly revision: number;
}

export interface FanOutReport {
  readonly port: number;
  /** CPU seconds until all frames were handed to the kernel. */
  readonly cpuSeconds: number;
}

const url = process.env['DATABASE_URL'] ?? '';
const settings = readSettings({ DATABASE_URL: url, RATE_LIMIT_ENABLED: 'false', HOST: '127.0.0.1' });
const started = (async () => {
  const app = await createApp(settings, { url }, createLogger({ level: 'warn', format: 'json' }));
  await app.listen(0, '127.0.0.1');
  return app;
})();

async function broadcastAll({ roomIds, events, revision }: FanOutJob): Promise<FanOutReport> {
  const app = await started;
  const hub = app.get(Hub);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const before = process.cpuUsage();
  for (let event = 0; event < events; event += 1) {
    for (const roomId of roomIds) broadcastOne(hub, roomId, revision + event);
  }
  // The hub flushes a turn's broadcasts at the end of the turn.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const { user, system } = process.cpuUsage(before);
  return { port, cpuSeconds: (user + system) / 1e6 };
}

function broadcastOne(hub: Hub, roomId: string, revision: number): void {
  const timer = {
    status: 'running',
    session_type: 'work',
    remaining_seconds: 1500,
    target_timestamp: '2026-03-02T12:25:00Z',
    started_at: '2026-03-02T12:00:00Z',
    duration_seconds: 1500,
    revision,
  } as const;
  hub.broadcast(roomTopic(roomId), {
    message: ({ endpoint }) => ({ type: 'roomTimer', roomId, endpoint, timer, action: 'start' }),
    at: 1_772_452_800,
    timer: { id: roomId, revision },
  });
}

serveJobs(
  (job) => broadcastAll(job as FanOutJob),
  async () => {
    await (await started).close();
  },
);
