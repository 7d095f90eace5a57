// `npm run cluster`: two instances behind nginx with Redis and the embedded PostgreSQL, all on loopback: what
// docker-compose.yml describes, from the parts that a Debian machine has.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { buildWhenNeeded } from './build-when-needed.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { port: { type: 'string', default: '8000' }, data: { type: 'string' } } });

buildWhenNeeded();
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'metronome-cluster-'));
const children = [];

const { startEmbeddedPostgres } = await import(
  new URL('../dist/src/database/embedded/embedded-postgres.js', import.meta.url)
);
mkdirSync(folder, { recursive: true });
const postgres = await startEmbeddedPostgres({
  dataDir: folder,
  log: () => undefined,
  settings: { max_connections: '100' },
});
const [redisPort, portA, portB] = await Promise.all([freePort(), freePort(), freePort()]);

start('redis', 'redis-server', [
  '--port',
  String(redisPort),
  '--bind',
  '127.0.0.1',
  '--save',
  '',
  '--appendonly',
  'no',
]);
const instances = [portA, portB].map((port) => startInstance(port));
await Promise.all(instances.map(({ port }) => untilReady(port)));
const nginx = start('nginx', 'nginx', ['-c', nginxConfig(), '-g', 'daemon off; error_log stderr warn;']);
await untilReady(Number(values.port));
const ids = {
  postgres: postgresPid(),
  redis: children[0].pid,
  nginx: nginx.pid,
  instances: instances.map(({ pid, port }) => ({ pid, port })),
};
console.log(
  `Cluster listens on http://127.0.0.1:${values.port} ${JSON.stringify({ ...ids, redisPort, databaseUrl: databaseUrl() })}`,
);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop());

function startInstance(port) {
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: databaseUrl(),
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PUBLIC_URL: process.env.PUBLIC_URL ?? `http://127.0.0.1:${values.port}`,
    JWT_SECRET: process.env.JWT_SECRET ?? 'a secret of a cluster on one machine, for trying it out',
    TRUST_PROXY: '1',
    LOG_FORMAT: 'json',
  };
  const child = start(`instance ${port}`, process.execPath, ['dist/src/main.js'], env);
  return { pid: child.pid, port };
}

function start(name, program, args, env = process.env) {
  const child = spawn(program, args, {
    cwd: root,
    env,
    stdio: ['ignore', process.env.CLUSTER_LOGS ? 'inherit' : 'ignore', 'inherit'],
  });
  child.on('error', (error) => {
    console.error(`${name} does not start: ${error.message}`);
    process.exitCode = 1;
    void stop();
  });
  children.push(child);
  return child;
}

function nginxConfig() {
  const names = {
    INSTANCE_A: `127.0.0.1:${portA}`,
    INSTANCE_B: `127.0.0.1:${portB}`,
    LISTEN: `127.0.0.1:${values.port}`,
  };
  const template = readFileSync(join(root, 'deploy', 'nginx.conf.template'), 'utf8');
  // As the image does: only names that are given, and none of nginx's own variables.
  const server = template.replace(/\$\{([A-Z_]+)\}/g, (text, name) => names[name] ?? text);
  const file = join(folder, 'nginx.conf');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ');
  writeFileSync(file, `pid ${folder}/nginx.pid;\nevents { worker_connections 4096; }\nhttp { ${paths}\n${server}\n}\n`);
  return file;
}

function databaseUrl() {
  const { host, port, user, password, database } = postgres.connection;
  const auth = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const where = host.startsWith('/')
    ? `localhost:${port}/${database}?host=${encodeURIComponent(host)}`
    : `${host}:${port}/${database}`;
  return `postgres://${auth}@${where}`;
}

function postgresPid() {
  return Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function untilReady(port) {
  for (let tries = 0; tries < 300; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing is ready on port ${port}`);
}

async function stop() {
  for (const child of [...children].reverse()) child.kill('SIGTERM');
  await Promise.all(
    children.map(
      (child) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once('exit', resolve)),
    ),
  );
  await postgres.stop();
  if (!values.data) rmSync(folder, { recursive: true, force: true });
}
