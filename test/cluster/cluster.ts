import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { Client } from 'pg';

import { until } from '../support/server.js';

/** What the script knows of the cluster it runs. */
interface Description {
  readonly folder: string;
  readonly port: number;
  readonly ports: readonly number[];
  readonly redisPort: number;
  /** As a role that may everything: what the instances use may not make extensions. */
  readonly superuserUrl: string;
  readonly url: string;
}

export interface InstanceOptions {
  /** Another version's folder. */
  readonly root?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Arguments of Node.js itself. */
  readonly node?: readonly string[];
  /** False: resolves before it serves. */
  readonly wait?: boolean;
}

/** Tests call far more often than people do, from one address. */
const SETTINGS = { RATE_LIMIT_ENABLED: 'false', JWT_ACCESS_TTL: '12h', LOG_LEVEL: 'warn' };

/** `npm run cluster` as a process of its own, whose parts tests end and start. */
export class Cluster {
  private calls = 0;

  private constructor(
    private readonly script: ChildProcess,
    private readonly description: Description,
  ) {}

  /** @param settings what differs, for each instance */
  static async start(settings: readonly Readonly<Record<string, string>>[] = []): Promise<Cluster> {
    const given = [0, 1].map((index) => ({ ...SETTINGS, ...settings[index] }));
    const args = ['--port', String(await freePort()), '--settings', JSON.stringify(given)];
    const script = fork('scripts/cluster.mjs', args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [message] = (await Promise.race([once(script, 'message'), endOf(script)])) as [{ ready: Description }];
    return new Cluster(script, message.ready);
  }

  /** Where the load balancer listens. */
  get url(): string {
    return this.description.url;
  }

  get folder(): string {
    return this.description.folder;
  }

  get redisPort(): number {
    return this.description.redisPort;
  }

  /** Where one instance listens, past the load balancer. */
  urlOf(index: number): string {
    return `http://127.0.0.1:${this.description.ports[index] ?? 0}`;
  }

  /** A connection to the database, as soon as it takes one. */
  async database(): Promise<Client> {
    let client: Client | undefined;
    await until(async () => (client = await this.tryDatabase()) !== undefined, 15_000);
    return client as unknown as Client;
  }

  private async tryDatabase(): Promise<Client | undefined> {
    const client = new Client(this.description.superuserUrl);
    // A database that is restarted takes its connections along.
    client.on('error', () => undefined);
    return client.connect().then(
      () => client,
      () => undefined,
    );
  }

  /** @returns its process id */
  startInstance(index: number, options: InstanceOptions = {}): Promise<number> {
    const settings = { ...SETTINGS, ...options.settings };
    return this.call('startInstance', index, { ...options, settings }) as Promise<number>;
  }

  /** @returns its exit code, or the name of the signal that ended it */
  endInstance(index: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown> {
    return this.call('endInstance', index, signal);
  }

  async signalInstance(index: number, signal: NodeJS.Signals): Promise<void> {
    await this.call('signalInstance', index, signal);
  }

  async startRedis(): Promise<void> {
    await this.call('startRedis');
  }

  async endRedis(): Promise<void> {
    await this.call('endRedis', 'SIGKILL');
  }

  /** As `pg_ctl restart -m immediate`: the sessions are cut, nothing is written any more, and it recovers from its log. */
  async restartPostgres(): Promise<void> {
    process.kill((await this.call('postmaster')) as number, 'SIGQUIT');
  }

  /** What the instances said that nobody expected: they answer 500 for it. */
  errors(): string[] {
    const logs = ['metronome-a', 'metronome-b'].map((name) => readFileSync(join(this.folder, `${name}.log`), 'utf8'));
    return logs.flatMap((log) => log.split('\n').filter((line) => line.includes('unexpected error')));
  }

  async stop(): Promise<void> {
    this.script.kill('SIGTERM');
    await once(this.script, 'exit');
  }

  private async call(call: string, ...args: unknown[]): Promise<unknown> {
    this.calls += 1;
    const id = this.calls;
    this.script.send({ id, call, args });
    return new Promise((resolve, reject) => {
      const hear = (message: { id: number; result?: unknown; error?: string }) => {
        if (message.id !== id) return;
        this.script.off('message', hear);
        if (message.error === undefined) resolve(message.result);
        else reject(new Error(message.error));
      };
      this.script.on('message', hear);
    });
  }
}

async function endOf(script: ChildProcess): Promise<never> {
  await once(script, 'exit');
  throw new Error('the cluster did not start, see above');
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}
