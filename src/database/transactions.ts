import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import type { QueryConfig, QueryResultRow } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';

import { crashPoint } from '../common/crash-point.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Bulkhead } from './bulkhead.js';
import { driverOf } from './driver.js';
import { SequentialQueryRunner } from './sequential-query-runner.js';

/** Longest wait of a transaction for its turn before its caller gets 503. */
const PATIENCE_MS = 2_300;

type Callback = () => void | Promise<void>;
type Work<Result> = (transaction: Transaction) => Promise<Result>;

/** A transaction under way, or a savepoint in it. */
export class Transaction {
  private readonly callbacks: Callback[] = [];
  private ended = false;

  constructor(
    readonly runner: SequentialQueryRunner,
    private readonly outer?: Transaction,
  ) {}

  /** TypeORM's, whose statements belong to the transaction. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** The innermost of this one and those around it that is still under way. */
  get active(): Transaction | undefined {
    return this.ended ? this.outer?.active : this;
  }

  /**
   * Sends a statement that each connection parses and plans once, by its name. TypeORM sends only nameless ones.
   * @returns its rows; @throws what the driver throws
   */
  async prepared<Row extends QueryResultRow>(statement: QueryConfig & { readonly name: string }): Promise<Row[]> {
    return (await this.runner.send<Row>(statement)).rows;
  }

  /**
   * Runs `callback` once the commit is certain, in the order of the calls, and never after a rollback. What it promises is
   * waited for before the caller goes on; it must not fail, since the transaction no longer can.
   */
  afterCommit(callback: Callback): void {
    this.callbacks.push(callback);
  }

  /** Work that was started and not waited for no longer belongs to it. */
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

/** The transaction that the caller's work belongs to, if there is one. */
export const currentTransaction = (): Transaction | undefined => storage.getStore()?.active;

/**
 * Writes that belong together: all of them or none. Everything that `work` sends through {@link Database} belongs to the
 * transaction, whoever sends it, and what others hear of it they hear after the commit.
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

  /** Transactions that take the rows of one room or person: only a few of them hold a connection at a time. */
  of(key: string): Pick<Transactions, 'run'> {
    return { run: (work) => this.inTurn(key, () => this.run(work)) };
  }

  /** Does work that takes a connection when its turn has come. @throws what it throws; ServiceUnavailableError */
  inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    // Within a larger transaction there is a connection already, and the larger one has waited its turn.
    return currentTransaction() ? work() : this.bulkhead.run(key, work);
  }

  /**
   * Runs `work` in a transaction; within another one, in a savepoint of that.
   * @returns what `work` returns; @throws what it throws, after the rollback
   */
  async run<Result>(work: Work<Result>): Promise<Result> {
    const outer = currentTransaction();
    if (outer === undefined) return this.begin(work);
    const savepoint = new Transaction(outer.runner, outer);
    const result = await savepoint.manager.transaction(() => carryOut(savepoint, work));
    // Nothing is certain before the transaction around it commits.
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

async function carryOut<Result>(transaction: Transaction, work: Work<Result>): Promise<Result> {
  try {
    return await storage.run(transaction, () => work(transaction));
  } finally {
    transaction.end();
  }
}
