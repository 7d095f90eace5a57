import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { Database } from '../database/database.js';
import { RepeatedWork } from '../common/repeated-work.js';
import { serverErrorOf } from '../database/database-errors.js';
import { Transactions } from '../database/transactions.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from './errors.js';
import type { Repeatable } from './keep.js';
import { DELETE_OLD, INSERT, KEY_USED_MEANWHILE, type KeptRow, TAKE } from './kept-answers-statement.js';

const PRUNE_EVERY_MS = 3_600_000;

/** A successful response as it is stored: without secrets. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Taken = { readonly taken: boolean } & { readonly [Column in keyof KeptRow]: KeptRow[Column] | null };

/**
 * Stores responses by idempotency key. The response and the effect are written in one transaction, so one never exists
 * without the other (docs/spec/extensions.md#idempotency). A failed request stores nothing; its repeat runs again.
 */
@Injectable()
export class KeptAnswers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(KeptAnswers.name);
  private readonly pruning = new RepeatedWork({
    everyMs: PRUNE_EVERY_MS,
    run: () => this.prune(),
    logger: this.logger,
    failure: 'stored responses not pruned, will retry',
  });

  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {}

  onApplicationBootstrap(): void {
    this.pruning.start();
  }

  onApplicationShutdown(): void {
    this.pruning.stop();
  }

  /**
   * Runs `work` once per key; a repeat returns the stored response. For requests that do not go through the writer
   * queue.
   * @param work returns its result and the response to store
   * @param turn the room or person whose rows are locked: `work` waits for its turn under this key before it takes a
   * database connection
   * @returns `result` on the first run, `repeated` with the stored response on a repeat
   * @throws IdempotencyKeyReusedError, IdempotencyKeyInUseError, and the errors of `work`
   */
  once<Result>(
    request: Repeatable,
    work: () => Promise<{ result: Result; answer: Answer }>,
    turn: string = request.scope,
  ): Promise<{ result: Result } | { repeated: Answer }> {
    const once = async () => {
      const kept = await this.take(request);
      if (kept) return { repeated: kept };
      const { result, answer } = await work();
      await this.keep(request, answer);
      return { result };
    };
    return this.transactions.inTurn(turn, () => this.transactions.run(once));
  }

  async prune(): Promise<void> {
    await this.database.execute(DELETE_OLD);
  }

  /**
   * Locks the key until the end of the transaction.
   * @returns the stored response, if there is one
   * @throws IdempotencyKeyInUseError, IdempotencyKeyReusedError
   */
  private async take({ scope, key, fingerprint }: Repeatable): Promise<Answer | undefined> {
    const [row] = await this.database.query<Taken>(TAKE, [scope, key]);
    if (row?.taken !== true) throw new IdempotencyKeyInUseError();
    if (row.fingerprint === null || row.status === null) return undefined;
    if (!row.fingerprint.equals(fingerprint)) throw new IdempotencyKeyReusedError();
    return { status: row.status, body: row.body };
  }

  private async keep({ scope, key, fingerprint }: Repeatable, { status, body }: Answer): Promise<void> {
    try {
      await this.database.execute(INSERT, [scope, key, fingerprint, status, JSON.stringify(body ?? null)]);
    } catch (error) {
      // Another request committed under this key after this one's lookup and before its lock.
      if (serverErrorOf(error)?.code === KEY_USED_MEANWHILE) throw new IdempotencyKeyInUseError();
      throw error;
    }
  }
}
