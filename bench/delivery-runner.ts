import 'reflect-metadata';

import type { AddressInfo } from 'node:net';

import { createApp } from '../src/app.factory.js';
import { createLogger } from '../src/common/logging/logger.js';
import { readSettings } from '../src/config/settings.js';
import { ChangeFeed } from '../src/timer-domain/log/change-feed.js';
import { serveJobs } from './harness/serve-jobs.js';

/** The server whose deliveries are measured, and when the database confirmed each commit to it. */
export interface DeliveryReport {
  readonly port: number;
  /**
   * By room and revision (`<id> <revision>`): milliseconds since the epoch. Covers the time since the previous report.
   */
  readonly committed: ReadonlyMap<string, number>;
}

const url = process.env['DATABASE_URL'] ?? '';
const settings = readSettings({
  DATABASE_URL: url,
  RATE_LIMIT_ENABLED: 'false',
  HOST: '127.0.0.1',
  WS_MAX_PER_USER: '20000',
  WS_MAX_PER_ADDRESS: '50000',
});
let committed = new Map<string, number>();
const started = (async () => {
  const app = await createApp(settings, { url }, createLogger({ level: 'error', format: 'json' }));
  await app.listen(0, '127.0.0.1');
  app.get(ChangeFeed).subscribe(({ timer: { roomId }, room }) => {
    if (room) committed.set(`${roomId ?? ''} ${room.revision}`, performance.timeOrigin + performance.now());
  });
  return app;
})();

serveJobs(
  async (): Promise<DeliveryReport> => {
    const { port } = (await started).getHttpServer().address() as AddressInfo;
    const report = { port, committed };
    committed = new Map();
    return report;
  },
  async () => {
    await (await started).close();
  },
);
