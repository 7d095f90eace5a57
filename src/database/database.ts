import { Injectable } from '@nestjs/common';
import { Pool, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { DataSource, type EntityManager, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';

import { currentTransaction } from './transactions.js';

/**
 * The way to the database, for repositories and for SQL. Within {@link Transactions.run} everything goes over the connection
 * of the transaction, whoever sends it; otherwise over any connection of the pool.
 */
@Injectable()
export class Database {
  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: Pool,
  ) {}

  /** TypeORM's manager, for the query builder. To be asked for anew each time: it is the transaction's within one. */
  get manager(): EntityManager {
    return currentTransaction()?.manager ?? this.dataSource.manager;
  }

  /** To be asked for anew each time, as {@link manager}. */
  repository<Row extends ObjectLiteral>(entity: EntityTarget<Row>): Repository<Row> {
    return this.manager.getRepository(entity);
  }

  /**
   * @param statement SQL, with a name when it is sent often: then each connection parses and plans it once
   * @returns the rows that it returns; @throws what the driver throws
   */
  async query<Row extends QueryResultRow>(statement: QueryConfig | string, values?: unknown[]): Promise<Row[]> {
    return (await this.send<Row>(statement, values)).rows;
  }

  /** @returns the number of rows that the statement changed; @throws what the driver throws */
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
