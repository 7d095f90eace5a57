// Runs outside Jest's module system, so it takes the embedded server and the migrations from `dist`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

import { clientConfig, withDatabase } from '../../../dist/src/database/connection.js';
import { migrate } from '../../../dist/src/database/migrate.js';

const TEMPLATE = 'metronome_template';

/** One PostgreSQL per run (`TEST_DATABASE_URL`, else the embedded one) with a migrated template to clone. */
export default async function globalSetup() {
  const given = process.env.TEST_DATABASE_URL;
  const url = { url: given };
  const cluster = given ? { superuser: url, connection: url, stop: () => undefined } : await startCluster();
  const { superuser, connection } = cluster;
  await makeTemplate(superuser, connection);
  process.env.METRONOME_TEST_CLUSTER = JSON.stringify({ superuser, connection });
  globalThis.testCluster = cluster;
}

async function startCluster() {
  const { startEmbeddedPostgres } = await import('../../../dist/src/database/embedded/embedded-postgres.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'metronome-test-'));
  const server = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    // These databases live for one run; what survives a crash is tested on a server of its own.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  const stop = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { superuser: server.superuser, connection: server.connection, stop };
}

async function makeTemplate(superuser, connection) {
  const client = new pg.Client({ ...clientConfig(superuser), query_timeout: 0 });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
  const owner = connection.user === undefined ? '' : `OWNER ${connection.user}`;
  await client.query(`CREATE DATABASE ${TEMPLATE} ${owner}`);
  await client.end();
  const template = withDatabase(connection, TEMPLATE);
  await migrate(template);
  // Its copies are each a log of their own from the beginning, and need no other epoch when they are first used.
  const settled = new pg.Client(clientConfig(template));
  await settled.connect();
  await settled.query('UPDATE change_log_state SET home = NULL');
  await settled.end();
}
