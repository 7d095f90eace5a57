// The topology of docker-compose.yml on loopback, with programs from Debian packages.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { answers, freePort, Processes, until } from './processes.mjs';
import { balancerNames, HEALTH, INSTANCES, instanceSettings, REDIS_ARGUMENTS } from './services.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const READY_WITHIN_MS = 60_000;

/** PostgreSQL, Redis, two instances and nginx; each part can be stopped and restarted while the others run. */
export class Cluster {
  #processes;
  #postgres;

  /** @param options.folder for data, logs and configuration; @param options.port where nginx listens */
  constructor({ folder, port }) {
    this.folder = folder;
    this.port = port;
    this.#processes = new Processes(folder);
  }

  /** @param settings for each instance, where they differ from {@link instanceSettings} */
  async start(settings = []) {
    mkdirSync(this.folder, { recursive: true });
    [this.redisPort, ...this.ports] = await Promise.all([freePort(), ...INSTANCES.map(freePort)]);
    await Promise.all([this.#startPostgres(), this.startRedis()]);
    // They start at the same time: one migrates, the other waits for it.
    await Promise.all(INSTANCES.map((_, index) => this.startInstance(index, { settings: settings[index] })));
    await this.#startBalancer();
  }

  /** Addresses and folders that tests use. */
  describe() {
    const { folder, port, ports, redisPort } = this;
    return {
      folder,
      port,
      ports,
      redisPort,
      superuserUrl: urlOf(this.#postgres.superuser),
      url: `http://127.0.0.1:${port}`,
    };
  }

  async startRedis() {
    const args = ['--port', String(this.redisPort), '--bind', '127.0.0.1', ...REDIS_ARGUMENTS];
    const pid = await this.#processes.start('redis', ['redis-server', ...args]);
    await until(() => pings(this.redisPort), 5_000, 'Redis');
    return pid;
  }

  /**
   * @param options.root another version's folder; @param options.settings what differs from the others
   * @param options.node arguments of Node.js; @param options.wait false: resolves before it serves
   */
  async startInstance(index, { root: version = root, settings = {}, node = [], wait = true } = {}) {
    const name = INSTANCES[index];
    const port = this.ports[index];
    const env = {
      ...process.env,
      HOST: '127.0.0.1',
      ...instanceSettings({
        databaseUrl: this.databaseUrl,
        redisUrl: `redis://127.0.0.1:${this.redisPort}`,
        publicUrl: `http://127.0.0.1:${this.port}`,
        port,
        dataDir: join(this.folder, name),
      }),
      ...settings,
    };
    const pid = await this.#processes.start(name, [process.execPath, ...node, 'dist/src/main.js'], {
      env,
      cwd: version,
    });
    if (wait) await this.#untilServed(name, port, HEALTH.metronome);
    return pid;
  }

  /** @returns its exit code, or the name of the signal that ended it */
  async endInstance(index, signal = 'SIGTERM') {
    return this.#processes.end(INSTANCES[index], signal);
  }

  /** Sends a signal that does not end the process: SIGSTOP, SIGCONT. */
  signalInstance(index, signal) {
    this.#processes.signal(INSTANCES[index], signal);
  }

  async endRedis(signal = 'SIGTERM') {
    return this.#processes.end('redis', signal);
  }

  /** Process id of PostgreSQL; it changes on a restart. */
  postmaster() {
    return Number(readFileSync(join(this.folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  async stop() {
    // The load balancer stops without waiting for open connections.
    await this.#processes.end('load-balancer', 'SIGTERM');
    await this.#processes.endAll('SIGINT');
    await this.#postgres?.stop();
  }

  get databaseUrl() {
    return urlOf(this.#postgres.connection);
  }

  async #startPostgres() {
    const { startEmbeddedPostgres } = await import(
      new URL('../../dist/src/database/embedded/embedded-postgres.js', import.meta.url)
    );
    const settings = { max_connections: '100' };
    this.#postgres = await startEmbeddedPostgres({ dataDir: this.folder, log: () => undefined, settings });
  }

  async #startBalancer() {
    const command = ['nginx', '-c', this.#nginxConfig(), '-g', 'daemon off; error_log stderr warn;'];
    await this.#processes.start('load-balancer', command);
    await this.#untilServed('load-balancer', this.port, HEALTH.loadBalancer);
  }

  #nginxConfig() {
    const instances = this.ports.map((port) => `127.0.0.1:${port}`);
    const names = balancerNames({ instances, listen: `127.0.0.1:${this.port}` });
    const template = readFileSync(join(root, 'deploy', 'nginx.conf.template'), 'utf8');
    // Like the image: substitutes the given names only, not nginx's variables.
    const server = template.replace(/\$\{([A-Z_]+)\}/g, (text, name) => names[name] ?? text);
    const file = join(this.folder, 'nginx.conf');
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${this.folder}/${kind};`)
      .join(' ');
    const main = `pid ${this.folder}/nginx.pid;\nevents { worker_connections 4096; }`;
    writeFileSync(file, `${main}\nhttp { ${paths}\n${server}\n}\n`);
    return file;
  }

  async #untilServed(name, port, path) {
    const served = async () => {
      if (!this.#processes.isRunning(name)) throw new Error(`${name} ended: ${this.#lastWordsOf(name)}`);
      return answers(`http://127.0.0.1:${port}${path}`);
    };
    await until(served, READY_WITHIN_MS, name);
  }

  #lastWordsOf(name) {
    return readFileSync(join(this.folder, `${name}.log`), 'utf8').slice(-2_000);
  }
}

/** Sends what `redis-cli ping` sends. */
function pings(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const done = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.once('error', () => done(false));
  });
}

/** @param {{ host: string, port: number, user: string, password: string, database: string }} connection */
function urlOf({ host, port, user, password, database }) {
  const auth = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const where = host.startsWith('/')
    ? `localhost:${port}/${database}?host=${encodeURIComponent(host)}`
    : `${host}:${port}/${database}`;
  return `postgres://${auth}@${where}`;
}
