import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { describeError } from '../../common/logging/describe-error.js';
import { RepeatedWork } from '../../common/repeated-work.js';
import { ADD_USAGE } from './legacy-tokens.sql.js';

const FLUSH_EVERY_MS = 5_000;

interface Usage {
  calls: number;
  lastUsedAt: Date;
}

/**
 * Calls and last use of each legacy token, so that an operator sees who still needs that API. Counted in memory and
 * written in batches, since a write per call would cost as much as the call: they lag, and a crash loses a few seconds
 * of them (docs/spec/legacy.md#legacy-api).
 */
@Injectable()
export class TokenUsage implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(TokenUsage.name);
  private pending = new Map<string, Usage>();
  private writing: Promise<void> = Promise.resolve();
  private readonly flushing = new RepeatedWork({
    everyMs: FLUSH_EVERY_MS,
    run: () => this.flush(),
    logger: this.logger,
    failure: 'usage of legacy tokens not written yet',
  });

  constructor(private readonly database: Database) {}

  onModuleInit(): void {
    this.flushing.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.flushing.stop();
    await this.flush();
  }

  count(tokenId: string, at = new Date()): void {
    this.add(tokenId, { calls: 1, lastUsedAt: at });
  }

  /** Writes what has been counted so far. Never fails: what cannot be written is kept for the next time. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    if (this.pending.size === 0) return;
    const batch = this.pending;
    this.pending = new Map();
    try {
      const usages = [...batch.values()];
      const [calls, times] = [usages.map((usage) => usage.calls), usages.map((usage) => usage.lastUsedAt)];
      await this.database.execute(ADD_USAGE, [[...batch.keys()], calls, times]);
    } catch (error) {
      this.logger.warn({ msg: 'usage of legacy tokens not written yet', ...describeError(error) });
      for (const [tokenId, usage] of batch) this.add(tokenId, usage);
    }
  }

  private add(tokenId: string, { calls, lastUsedAt }: Usage): void {
    const known = this.pending.get(tokenId);
    const last = known && known.lastUsedAt > lastUsedAt ? known.lastUsedAt : lastUsedAt;
    this.pending.set(tokenId, { calls: (known?.calls ?? 0) + calls, lastUsedAt: last });
  }
}
