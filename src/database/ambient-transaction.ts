import { AsyncLocalStorage } from 'node:async_hooks';

import type { Pool, QueryResult } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/** A transaction that everything of one request belongs to. */
interface Ambient {
  readonly runner: QueryRunner;
  readonly afterCommit: (() => void | Promise<void>)[];
  /** What was left running after the answer is on its own. */
  ended: boolean;
}

const storage = new AsyncLocalStorage<Ambient>();

/** The transaction that the current request is in as a whole, if it is in one. */
export function ambientTransaction(): Ambient | undefined {
  const ambient = storage.getStore();
  return ambient?.ended === false ? ambient : undefined;
}

/**
 * Runs `work` so that every statement it sends, through whatever it uses, belongs to one transaction: an answer can be
 * kept together with the effect it tells of (extensions.md, "Idempotency"). Nothing is announced before the commit.
 * @throws what `work` throws, after the rollback
 */
export async function inOneTransaction<Result>(dataSource: DataSource, work: () => Promise<Result>): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  const ambient: Ambient = { runner: shared(runner), afterCommit: [], ended: false };
  try {
    await runner.startTransaction();
    const result = await storage.run(ambient, work);
    ambient.ended = true;
    await runner.commitTransaction();
    await Promise.all(
      ambient.afterCommit.map(async (callback) => {
        await callback();
      }),
    );
    return result;
  } catch (error) {
    ambient.ended = true;
    // A connection that is lost has rolled back by itself; what went wrong before is what the caller is told.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

/** Lets TypeORM and the pool take part: what they send within {@link inOneTransaction} goes over its connection. */
export function joinAmbientTransactions(dataSource: DataSource, pool: Pool): void {
  const newRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => ambientTransaction()?.runner ?? newRunner(mode);
  const query = pool.query.bind(pool) as (...parameters: unknown[]) => unknown;
  pool.query = ((...parameters: unknown[]) => {
    const ambient = ambientTransaction();
    return ambient ? queryOn(ambient.runner, parameters) : query(...parameters);
  }) as Pool['query'];
}

/** The same runner, which whoever uses it cannot release, and which sends one statement after the other. */
function shared(runner: QueryRunner): QueryRunner {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (...parameters: Parameters<QueryRunner['query']>): Promise<unknown> => {
    const sent = last.then(() => runner.query(...parameters) as Promise<unknown>);
    last = sent.catch(() => undefined);
    return sent;
  };
  return new Proxy(runner, {
    get(target, key) {
      if (key === 'release') return () => Promise.resolve();
      if (key === 'query') return inTurn;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function queryOn(
  runner: QueryRunner,
  [first, second]: unknown[],
): Promise<Pick<QueryResult, 'rows' | 'rowCount'>> {
  const { text, values } = typeof first === 'string' ? { text: first, values: second } : (first as StatementConfig);
  const result = await runner.query(text, values as unknown[] | undefined, true);
  return { rows: result.records as unknown[], rowCount: result.affected ?? null };
}

interface StatementConfig {
  readonly text: string;
  readonly values?: unknown;
}
