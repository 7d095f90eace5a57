import { Injectable } from '@nestjs/common';
import { Pool, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { DataSource, type EntityManager, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';

import { currentTransaction } from './transactions.js';

/**
 * Access to the database for repositories and SQL. Within {@link Transactions.run} every statement uses the connection
 * of the transaction, wherever the call comes from; otherwise any connection of the pool.
 */
@Injectable()
export class Database {
  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: Pool,
  ) {}

  /** TypeORM's manager, for the query builder. Do not cache it: within a transaction it is the transaction's. */
  get manager(): EntityManager {
    return currentTransaction()?.manager ?? this.dataSource.manager;
  }

  /** A repository of the current {@link manager}; do not cache it. */
  repository<Row extends ObjectLiteral>(entity: EntityTarget<Row>): Repository<Row> {
    return this.manager.getRepository(entity);
  }

  /**
   * @param statement SQL; a name makes each connection parse and plan it only once
   * @returns the rows
   * @throws the driver's errors
   */
  async query<Row extends QueryResultRow>(statement: QueryConfig | string, values?: unknown[]): Promise<Row[]> {
    return (await this.send<Row>(statement, values)).rows;
  }

  /**
   * @returns the number of rows that the statement changed
   * @throws the driver's errors
   */
  async execute(statement: QueryConfig | string, values?: unknown[]): Promise<number> {
    return (await this.send(statement, values)).rowCount ?? 0;
  }

  private send<Row extends QueryResultRow>(
    statement: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<QueryResult<Row>> {
    const transaction = currentTransaction();
    if (transaction === undefined) return this.pool.query<Row>(statement, values);
    return transaction.runner.send<Row>(
      typeof statement === 'string' ? { text: statement, values: values ?? [] } : statement,
    );
  }
}
