import { Inject, Injectable } from '@nestjs/common';
import type { ClientBase, QueryConfig, QueryResultRow } from 'pg';
import { DataSource, type EntityManager, QueryRunnerAlreadyReleasedError } from 'typeorm';

import { crashPoint } from '../common/crash-point.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { ambientTransaction } from './ambient-transaction.js';
import { Bulkhead } from './bulkhead.js';

/** A transaction waits this long for its turn before its caller is told 503. */
const PATIENCE_MS = 2_300;

/** A transaction under way. */
export class Transaction {
  private readonly callbacks: (() => void | Promise<void>)[] = [];

  constructor(readonly manager: EntityManager) {}

  /**
   * A statement that is parsed once per connection, by its name. TypeORM knows only nameless ones, which PostgreSQL
   * plans anew each time.
   * @returns its rows; @throws what the driver throws
   */
  async prepared<Row extends QueryResultRow>(statement: QueryConfig & { readonly name: string }): Promise<Row[]> {
    const { queryRunner: runner } = this.manager;
    // A runner that has lost its connection would open another, outside of the transaction.
    if (runner === undefined || runner.isReleased) throw new QueryRunnerAlreadyReleasedError();
    const client = (await runner.connect()) as ClientBase;
    return (await client.query<Row>(statement)).rows;
  }

  /**
   * Runs `callback` once the commit is certain, in the order of the calls, and never when it is rolled back. What it
   * promises is waited for before the caller goes on; it must not fail, since the transaction no longer can.
   */
  afterCommit(callback: () => void | Promise<void>): void {
    this.callbacks.push(callback);
  }

  async committed(): Promise<void> {
    await Promise.all(
      this.callbacks.map(async (callback) => {
        await callback();
      }),
    );
  }
}

/** Writes that belong together: all of them or none, and what others are told of them only afterwards. */
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
    return ambientTransaction() ? work() : this.bulkhead.run(key, work);
  }

  /** @returns what `work` returns; @throws what it throws, after the rollback */
  async run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    let transaction: Transaction | undefined;
    const result = await this.dataSource.transaction(async (manager) => {
      const worked = await work((transaction = new Transaction(manager)));
      crashPoint('before-commit');
      return worked;
    });
    crashPoint('after-commit');
    const ambient = ambientTransaction();
    // Within a larger transaction this was a savepoint: nothing is certain before that commits.
    if (ambient && transaction) ambient.afterCommit.push(() => transaction?.committed());
    else await transaction?.committed();
    return result;
  }
}
