import { Injectable } from '@nestjs/common';
import type { ClientBase, QueryConfig, QueryResultRow } from 'pg';
import { DataSource, type EntityManager, QueryRunnerAlreadyReleasedError } from 'typeorm';

import { crashPoint } from '../common/crash-point.js';
import { ambientTransaction } from './ambient-transaction.js';

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
  constructor(private readonly dataSource: DataSource) {}

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
