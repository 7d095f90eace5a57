import { Client, type ClientConfig } from 'pg';

import { crashPoint } from '../../common/crash-point.js';
import { isDatabaseAway, serverErrorOf } from '../../database/database-errors.js';
import type { PreparedStatement } from './write-statement.js';

/** A lock that only an insert can meet (another instance's start) must not hold up a whole batch for longer. */
const LOCK_TIMEOUT_MS = 400;

/**
 * The connection that batches are written on, apart from the pool, so that reads which exhaust the pool never hold up the
 * writes. Opened when it is needed, and again after it was lost. A statement may be sent while the one before is under
 * way: they are carried out in their order, each in a transaction of its own.
 */
export class WriterConnection {
  private opening: Promise<Client> | undefined;
  /** What is opening, or open. */
  private client: Client | undefined;

  /** @param timeoutMs after which the outcome of a statement counts as unknown */
  constructor(
    private readonly config: ClientConfig,
    private readonly timeoutMs: number,
  ) {}

  /** @throws whatever the driver throws; the connection is given up unless the server itself answered */
  async execute(statement: PreparedStatement): Promise<unknown[]> {
    const client = await (this.opening ??= this.open());
    try {
      const answer = client.query(statement);
      crashPoint('before-commit');
      return (await answer).rows as unknown[];
    } catch (error) {
      if (serverErrorOf(error) === undefined || isDatabaseAway(error)) this.drop(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = await this.opening?.catch(() => undefined);
    if (client) this.drop(client);
  }

  private async open(): Promise<Client> {
    const client = new Client({
      ...this.config,
      application_name: 'metronome-writer',
      pipeline: true,
      query_timeout: this.timeoutMs,
      statement_timeout: this.timeoutMs,
      lock_timeout: LOCK_TIMEOUT_MS,
      // The statements never change their shape, only the length of their arrays: one plan will do. It is made when the
      // tables may still be empty and is kept, so it must not be to read them whole; every look-up here is by key.
      options: `${this.config.options ?? ''} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off`,
    });
    this.client = client;
    client.on('error', () => {
      this.drop(client);
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      this.drop(client);
      throw error;
    }
  }

  private drop(client: Client): void {
    // Another statement on it may have failed before, and a new one be open since.
    if (this.client === client) this.opening = undefined;
    // Ended without waiting: a connection that no longer answers would never say goodbye.
    client.end().catch(() => undefined);
  }
}
