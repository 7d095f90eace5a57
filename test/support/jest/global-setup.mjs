// Runs outside Jest's module system, so it takes the embedded server and the migrations from `dist`.
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

import { clientConfig, withDatabase } from '../../../dist/src/database/connection.js';
import { migrate } from '../../../dist/src/database/migrate.js';

const TEMPLATE = 'metronome_template';
/** A file system in memory: a copy of the template there costs a third of the processor time that it costs on a disk. */
const MEMORY = '/dev/shm';
/** Bytes. A run leaves some 150 databases of 10 MB and the write-ahead log behind; containers often have 64 MB. */
const NEEDED = 4 * 2 ** 30;

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
  const parent = folderForDatabases();
  removeLeftovers(parent);
  const dataDir = mkdtempSync(join(parent, `metronome-test-${process.pid}-`));
  const server = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    // These databases live for one run; what survives a crash is tested on a server of its own.
    settings: { fsync: 'off', full_page_writes: 'off', autovacuum: 'off', max_connections: '300' },
  });
  const stop = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { superuser: server.superuser, connection: server.connection, stop };
}

function folderForDatabases() {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= NEEDED ? MEMORY : tmpdir();
}

/** Data directories of runs that were killed: nothing else would give their memory back. */
function removeLeftovers(parent) {
  for (const name of readdirSync(parent)) {
    const pid = /^metronome-test-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
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
