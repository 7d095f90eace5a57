import { Client } from 'pg';

import type { PostgresConnection } from '../../src/database/connection.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { backendParent, processTreeCpu } from './process-cpu.js';

/** The PostgreSQL server that both sides of every benchmark use, each with its own database. */
export class PostgresServer {
  private readonly databases: string[] = [];

  private constructor(
    private readonly maintenanceUrl: string,
    private readonly server: number | undefined,
    private readonly stop: () => Promise<void>,
  ) {}

  /**
   * Connects to `BENCH_DATABASE_URL` (a role that may create databases) or starts an embedded server in `dataDir`.
   * @throws Error when the server is not durable, since its figures would not be comparable
   */
  static async open(dataDir: string, env: NodeJS.ProcessEnv): Promise<PostgresServer> {
    const database = await openDatabase(dataDir, env['BENCH_DATABASE_URL']);
    try {
      const { url } = database;
      const server = await withClient(url, async (client) => {
        await refuseUnsafe(client);
        return backendParent(await pidOf(client));
      });
      return new PostgresServer(url, server, () => database.close());
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Creates an empty database, another one for each try of a benchmark. @returns its URL */
  async createDatabase(purpose: string): Promise<string> {
    const name = `bench_${process.pid}_${this.databases.length}_${purpose}`;
    await withClient(this.maintenanceUrl, (client) => client.query(`CREATE DATABASE ${name}`));
    this.databases.push(name);
    const url = new URL(this.maintenanceUrl);
    url.pathname = `/${name}`;
    return url.toString();
  }

  /** CPU seconds used by the server and its backends so far; undefined when the server runs on another machine. */
  cpuSeconds(): number | undefined {
    return this.server === undefined ? undefined : processTreeCpu(this.server);
  }

  /** Drops the created databases and stops the server if it was started here. */
  async close(): Promise<void> {
    for (const name of this.databases) {
      await withClient(this.maintenanceUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
    await this.stop();
  }
}

/** Runs `work` on a new connection. */
export async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

interface OpenDatabase {
  readonly url: string;
  close(): Promise<void>;
}

async function openDatabase(dataDir: string, given: string | undefined): Promise<OpenDatabase> {
  if (given !== undefined && given !== '') return { url: given, close: () => Promise.resolve() };
  const server = await startEmbeddedPostgres({
    dataDir,
    log: (level, message) => {
      if (level !== 'info') console.error(message);
    },
  });
  return { url: urlOf(server.superuser), close: () => server.stop() };
}

/** Percent-encodes the host, which may be a directory (a Unix socket); the driver and libpq both decode it. */
function urlOf({ host, port, user, password, database }: PostgresConnection): string {
  const [at, as, secret] = [host, user, password].map(encodeURIComponent);
  return `postgres://${as}:${secret}@${at}:${port}/${database}`;
}

async function refuseUnsafe(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`,
  );
  const unsafe = rows.filter(({ setting }) => setting !== 'on');
  if (unsafe.length > 0)
    throw new Error(`the database server is not durable: ${unsafe.map(({ name }) => name).join(', ')}`);
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
