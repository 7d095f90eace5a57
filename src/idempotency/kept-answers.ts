import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { describeError } from '../common/logging/describe-error.js';
import { inOneTransaction } from '../database/ambient-transaction.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from './errors.js';

const KEPT_FOR = `interval '24 hours'`;
const PRUNE_EVERY_MS = 3_600_000;

/** Whose key it is, and for which request. */
export interface Repeatable {
  /** Generation and user; without a user the room. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 over method, path and body. */
  readonly fingerprint: Buffer;
}

/** A success: what is kept of it, without secrets. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface KeptRow {
  fingerprint: Buffer;
  status: number;
  body: unknown;
}

/**
 * Answers kept for a repeated key: written with the effect in one transaction, so there is never one without the other
 * (extensions.md, "Idempotency"). What had no effect is not kept and is judged anew.
 */
@Injectable()
export class KeptAnswers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(KeptAnswers.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.prune().catch((error: unknown) => {
        this.logger.warn({ msg: 'old answers are not deleted yet', ...describeError(error) });
      });
    }, PRUNE_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * Does `work` once for a key: the second time its answer is repeated.
   * @param work gives the answer to keep, or undefined for a success that is not to be repeated
   * @returns the kept answer when it is a repeat
   * @throws IdempotencyKeyReusedError, IdempotencyKeyInUseError, what `work` throws
   */
  once<Result>(
    request: Repeatable,
    work: () => Promise<{ result: Result; answer: Answer }>,
  ): Promise<{ result: Result } | { repeated: Answer }> {
    return inOneTransaction(this.dataSource, async () => {
      await this.take(request);
      const kept = await this.find(request);
      if (kept) return { repeated: kept };
      const { result, answer } = await work();
      await this.keep(request, answer);
      return { result };
    });
  }

  async prune(): Promise<void> {
    await this.dataSource.query(`DELETE FROM kept_answers WHERE created_at < now() - ${KEPT_FOR}`);
  }

  /** Until the end of the transaction nobody else has this key. */
  private async take({ scope, key }: Repeatable): Promise<void> {
    const rows: { taken: boolean }[] = await this.dataSource.query(
      `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 1)) AS taken`,
      [`${scope} ${key}`],
    );
    if (rows[0]?.taken !== true) throw new IdempotencyKeyInUseError();
  }

  private async find({ scope, key, fingerprint }: Repeatable): Promise<Answer | undefined> {
    const [kept]: KeptRow[] = await this.dataSource.query(
      `SELECT fingerprint, status, body FROM kept_answers
       WHERE scope = $1 AND key = $2 AND created_at >= now() - ${KEPT_FOR}`,
      [scope, key],
    );
    if (kept && !kept.fingerprint.equals(fingerprint)) throw new IdempotencyKeyReusedError();
    return kept;
  }

  private async keep({ scope, key, fingerprint }: Repeatable, { status, body }: Answer): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO kept_answers (scope, key, fingerprint, status, body) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
         body = excluded.body, created_at = now()`,
      [scope, key, fingerprint, status, JSON.stringify(body ?? null)],
    );
  }
}
