import { migrate } from '../src/database/migrate.js';
import type { Bench } from './harness/benchmark.js';
import { withClient } from './harness/postgres.js';
import type { SideName } from './harness/rounds.js';
import { ServerProcess } from './harness/server-process.js';
import { signUp, type TimerOwner } from './timer-owners.js';

export type { SideName };

/** A server with its own database. */
export interface Side {
  readonly server: ServerProcess;
  readonly databaseUrl: string;
}

/** Both servers, with the same users in both databases. */
export interface Sides {
  readonly sides: Readonly<Record<SideName, Side>>;
  readonly owners: readonly TimerOwner[];
}

const SECRET = 'the secret of the benchmarks, the same for both sides';

/** Starts our server with its default settings except for the rate limits, since the load exceeds what people do. */
export async function startOurs(
  { postgres, scratch }: Bench,
  name: string,
  env: Record<string, string> = {},
): Promise<Side> {
  const databaseUrl = await postgres.createDatabase(name);
  await migrate({ url: databaseUrl });
  const settings = { DATABASE_URL: databaseUrl, JWT_SECRET: SECRET, RATE_LIMIT_ENABLED: 'false', ...env };
  const program = new URL('../src/main.js', import.meta.url);
  const server = await ServerProcess.start({
    name,
    program,
    env: settings,
    readyPath: '/health/ready',
    folder: scratch,
  });
  return { server, databaseUrl };
}

/** @param opponent its compiled program in `opponents/`; it works on our tables */
export async function startBoth(
  bench: Bench,
  name: string,
  opponent: string,
  people: number,
  settings: Record<string, string> = {},
): Promise<Sides> {
  const ours = await startOurs(bench, `${name}_ours`, settings);
  const databaseUrl = await bench.postgres.createDatabase(`${name}_opponent`);
  await migrate({ url: databaseUrl });
  const owners = await signUp(ours.server, people);
  await withClient(databaseUrl, (client) =>
    client.query('INSERT INTO users (id) SELECT unnest($1::text[])', [owners.map(({ userId }) => userId)]),
  );
  const server = await ServerProcess.start({
    name: `${name}_opponent`,
    program: new URL(`opponents/${opponent}`, import.meta.url),
    env: { DATABASE_URL: databaseUrl, JWT_SECRET: SECRET, NODE_ENV: 'production' },
    readyPath: '/health',
    folder: bench.scratch,
  });
  return { sides: { ours, opponent: { server, databaseUrl } }, owners };
}

/** The same value for both sides. */
export const both = <Value>(of: (side: SideName) => Value) => ({ ours: of('ours'), opponent: of('opponent') });
