import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { Database } from '../database/database.js';
import { RepeatedWork } from '../common/repeated-work.js';
import { serverErrorOf } from '../database/database-errors.js';
import { Transactions } from '../database/transactions.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from './errors.js';
import type { Repeatable } from './keep.js';
import { DELETE_OLD, INSERT, KEY_USED_MEANWHILE, type KeptRow, TAKE } from './kept-answers-statement.js';

const PRUNE_EVERY_MS = 3_600_000;

/** A success: what is kept of it, without secrets. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Taken = { readonly taken: boolean } & { readonly [Column in keyof KeptRow]: KeptRow[Column] | null };

/**
 * Answers kept for a repeated key: written with the effect in one transaction, so there is never one without the other
 * (docs/spec/extensions.md#idempotency). What had no effect is not kept and is judged anew.
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
   * Does `work` once for a key: the second time its answer is repeated. For what is no command of the writer queue.
   * @param work gives the answer to keep, or undefined for a success that is not to be repeated
   * @param turn a room or person whose rows it takes: only a few of them hold a connection at a time
   * @returns the kept answer when it is a repeat
   * @throws IdempotencyKeyReusedError, IdempotencyKeyInUseError, what `work` throws
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

  /** Until the end of the transaction nobody else has this key. @returns what was kept under it before */
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
      // Whoever had the key let go of it between the look and the lock.
      if (serverErrorOf(error)?.code === KEY_USED_MEANWHILE) throw new IdempotencyKeyInUseError();
      throw error;
    }
  }
}
