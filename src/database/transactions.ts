import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import type { QueryConfig, QueryResultRow } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';

import { crashPoint } from '../common/crash-point.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Bulkhead } from './bulkhead.js';
import { driverOf } from './driver.js';
import { SequentialQueryRunner } from './sequential-query-runner.js';

/** Maximum wait of a transaction for its turn, in milliseconds, before the caller gets 503. */
const PATIENCE_MS = 2_300;

type Callback = () => void | Promise<void>;
type Work<Result> = (transaction: Transaction) => Promise<Result>;

/** A transaction in progress, or a savepoint in one. */
export class Transaction {
  private readonly callbacks: Callback[] = [];
  private ended = false;

  constructor(
    readonly runner: SequentialQueryRunner,
    private readonly outer?: Transaction,
  ) {}

  /** TypeORM's manager for statements within the transaction. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** The innermost transaction in progress: this one or one that encloses it. */
  get active(): Transaction | undefined {
    return this.ended ? this.outer?.active : this;
  }

  /**
   * Sends a named statement, which each connection parses and plans only once. TypeORM's own statements have no name.
   * @returns the rows
   * @throws the driver's errors
   */
  async prepared<Row extends QueryResultRow>(statement: QueryConfig & { readonly name: string }): Promise<Row[]> {
    return (await this.runner.send<Row>(statement)).rows;
  }

  /**
   * Runs `callback` after the commit, and never after a rollback. Callbacks start in the order of the calls, and the
   * caller of the transaction waits for them. A callback must not fail, because the transaction can no longer be rolled
   * back.
   */
  afterCommit(callback: Callback): void {
    this.callbacks.push(callback);
  }

  /** Ends the scope: work that was started but not awaited no longer belongs to the transaction. */
  end(): void {
    this.ended = true;
  }

  async committed(): Promise<void> {
    await Promise.all(
      this.callbacks.map(async (callback) => {
        await callback();
      }),
    );
  }
}

const storage = new AsyncLocalStorage<Transaction>();

/** The transaction of the calling code; undefined outside of one. */
export const currentTransaction = (): Transaction | undefined => storage.getStore()?.active;

/**
 * Runs writes atomically. Everything that `work` sends through {@link Database} belongs to the transaction, wherever
 * the call comes from; notifications are sent after the commit.
 */
@Injectable()
export class Transactions {
  private readonly bulkhead: Bulkhead;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) { database }: Settings,
  ) {
    const atOnce = Math.max(1, Math.min(4, Math.floor(database.poolSize / 4)));
    this.bulkhead = new Bulkhead({ atOnce, patienceMs: PATIENCE_MS });
  }

  /** Transactions on the rows of one room or user: only a few of them hold a connection at a time. */
  of(key: string): Pick<Transactions, 'run'> {
    return { run: (work) => this.inTurn(key, () => this.run(work)) };
  }

  /**
   * Runs work that needs a connection when its turn comes.
   * @throws the error of `work`; ServiceUnavailableError
   */
  inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    // An enclosing transaction already has a connection and has waited for its turn.
    return currentTransaction() ? work() : this.bulkhead.run(key, work);
  }

  /**
   * Runs `work` in a transaction, or in a savepoint within another transaction.
   * @returns the result of `work`
   * @throws the error of `work`, after the rollback
   */
  async run<Result>(work: Work<Result>): Promise<Result> {
    const outer = currentTransaction();
    if (outer === undefined) return this.begin(work);
    const savepoint = new Transaction(outer.runner, outer);
    const result = await savepoint.manager.transaction(() => carryOut(savepoint, work));
    // The savepoint is final only when the enclosing transaction commits.
    outer.afterCommit(() => savepoint.committed());
    return result;
  }

  private async begin<Result>(work: Work<Result>): Promise<Result> {
    const transaction = new Transaction(new SequentialQueryRunner(driverOf(this.dataSource)));
    const { manager, runner } = transaction;
    const result = await manager
      .transaction(async () => {
        const worked = await carryOut(transaction, work);
        crashPoint('before-commit');
        return worked;
      })
      .finally(() => runner.release());
    crashPoint('after-commit');
    await transaction.committed();
    return result;
  }
}

/** Transactions and savepoints in progress in this process. */
let inProgress = 0;

async function carryOut<Result>(transaction: Transaction, work: Work<Result>): Promise<Result> {
  inProgress += 1;
  try {
    return await storage.run(transaction, () => work(transaction));
  } finally {
    transaction.end();
    inProgress -= 1;
    // Before Node 24 a storage in use makes every promise of the process slower, so commands outside of transactions pay.
    if (inProgress === 0) storage.disable();
  }
}
