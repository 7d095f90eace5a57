import { crashPoint } from '../../common/crash-point.js';
import { isDatabaseAway, serverErrorOf } from '../../database/database-errors.js';
import { REQUEST_LIMITS, type SessionConfig } from '../../database/session.js';
import { ENDED_BEFORE_MS, OwnConnection } from '../../database/own-connection.js';
import type { PreparedStatement } from '../statements/prepared-statement.js';

/** Maximum time that a batch waits for a lock, which only an insert can meet (another instance's start). */
const LOCK_TIMEOUT_MS = 400;

/** The connection for batches; each statement is a separate transaction. */
export class WriterConnection {
  private readonly connection: OwnConnection;

  /** @param timeoutMs time after which the outcome of a statement counts as unknown */
  constructor(config: SessionConfig, timeoutMs: number) {
    this.connection = new OwnConnection(
      { ...config, application_name: 'metronome-writer', query_timeout: timeoutMs },
      { ...REQUEST_LIMITS, statementMs: timeoutMs - ENDED_BEFORE_MS, lockMs: LOCK_TIMEOUT_MS },
    );
  }

  /** @throws the driver's errors; the connection is dropped unless a running server reported the error */
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
