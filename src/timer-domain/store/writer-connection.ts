import type { ClientConfig } from 'pg';

import { crashPoint } from '../../common/crash-point.js';
import { isDatabaseAway, serverErrorOf } from '../../database/database-errors.js';
import { OwnConnection } from './own-connection.js';
import type { PreparedStatement } from './write-statement.js';

/** A lock that only an insert can meet (another instance's start) must not hold up a whole batch for longer. */
const LOCK_TIMEOUT_MS = 400;

/** The connection that batches are written on, each statement in a transaction of its own. */
export class WriterConnection {
  private readonly connection: OwnConnection;

  /** @param timeoutMs after which the outcome of a statement counts as unknown */
  constructor(config: ClientConfig, timeoutMs: number) {
    this.connection = new OwnConnection({
      ...config,
      application_name: 'metronome-writer',
      query_timeout: timeoutMs,
      statement_timeout: timeoutMs,
      lock_timeout: LOCK_TIMEOUT_MS,
    });
  }

  /** @throws whatever the driver throws; the connection is given up unless the server itself answered */
  async execute(statement: PreparedStatement): Promise<unknown[]> {
    const client = await this.connection.get();
    try {
      const answer = client.query(statement);
      crashPoint('before-commit');
      return (await answer).rows as unknown[];
    } catch (error) {
      if (serverErrorOf(error) === undefined || isDatabaseAway(error)) this.connection.drop(client);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
