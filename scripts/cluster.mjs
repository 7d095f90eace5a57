// `npm run cluster`: two instances behind nginx with Redis and the embedded PostgreSQL on loopback, as in
// docker-compose.yml. A parent process can control the parts by messages (test/cluster/cluster.ts).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildWhenNeeded } from './build-when-needed.mjs';
import { Cluster } from '../deploy/cluster/cluster.mjs';
import { DEFAULT_PORT } from '../deploy/cluster/services.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: String(DEFAULT_PORT) },
    data: { type: 'string' },
    /** JSON: overrides for each instance. */
    settings: { type: 'string', default: '[]' },
  },
});

buildWhenNeeded();
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'metronome-cluster-'));
const cluster = new Cluster({ folder, port: Number(values.port) });
let stopping;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop());
// The parent process has exited.
process.on('disconnect', () => void stop());

try {
  await cluster.start(JSON.parse(values.settings));
  console.log(`Cluster listens on http://127.0.0.1:${values.port}, logs are in ${folder}`);
  process.on('message', (message) => void obey(message));
  process.send?.({ ready: cluster.describe() });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
  await stop();
}

/** `{ id, call, args }` → `{ id, result }` or `{ id, error }` */
async function obey({ id, call, args = [] }) {
  try {
    process.send({ id, result: await cluster[call](...args) });
  } catch (error) {
    process.send({ id, error: error.message });
  }
}

function stop() {
  stopping ??= (async () => {
    await cluster.stop();
    if (!values.data) rmSync(folder, { recursive: true, force: true });
    process.exit();
  })();
  return stopping;
}
