import type { ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { type EntityManager, QueryRunnerAlreadyReleasedError } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';

/**
 * TypeORM's query runner for a transaction that several callers share: statements run one after the other, even when
 * they are sent concurrently. It also accepts the driver's query format, whose named statements PostgreSQL parses once
 * per connection.
 */
export class SequentialQueryRunner extends PostgresQueryRunner {
  override readonly manager: EntityManager;
  private last: Promise<unknown> = Promise.resolve();

  constructor(driver: PostgresDriver) {
    super(driver, 'master');
    this.manager = driver.dataSource.createEntityManager(this);
  }

  override query(...parameters: Parameters<PostgresQueryRunner['query']>): ReturnType<PostgresQueryRunner['query']> {
    return this.inTurn(() => super.query(...parameters));
  }

  /** @throws the driver's errors; QueryRunnerAlreadyReleasedError after the connection was lost */
  send<Row extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<Row>> {
    return this.inTurn(async () => {
      // A reconnect would open another connection, outside the transaction.
      if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
      const client = (await this.connect()) as ClientBase;
      return client.query<Row>(statement);
    });
  }

  private inTurn<Result>(send: () => Promise<Result>): Promise<Result> {
    const sent = this.last.then(send);
    this.last = sent.catch(() => undefined);
    return sent;
  }
}
