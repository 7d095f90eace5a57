import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { describeError } from '../common/logging/describe-error.js';
import { Database } from '../database/database.js';
import { type Transaction, Transactions } from '../database/transactions.js';
import { Clock } from './clock/clock.js';
import { tickAt } from './rules/decide.js';
import type { Edit } from './statements/edit-statement.js';
import { TimerStore } from './writer/timer-store.js';

/**
 * Maximum number of timers unlinked in the transaction that deletes their target; further ones follow in slices
 * (docs/architecture.md#timers-and-what-they-link-to).
 */
const SLICE = 500;
const RETRY_AFTER_MS = 5_000;

type Link = 'schedule' | 'todo' | 'tag';

const EDITS: Record<Link, Pick<Edit, 'where' | 'set'>> = {
  schedule: { where: 't.schedule_id = $4', set: 'schedule_id = NULL' },
  todo: { where: 't.todo_id = $4', set: 'todo_id = NULL' },
  tag: {
    where: `t.tag_ids <> '{}' AND t.tag_ids @> ARRAY[$4::uuid]`,
    set: 'tag_ids = array_remove(t.tag_ids, $4::uuid)',
  },
};

interface Unlink {
  readonly link: Link;
  readonly target_id: string;
  readonly actor: string | null;
}

/**
 * Updates timers when a schedule, todo or tag that they link to is deleted, or their visibility changes. Each affected
 * timer gets a revision, which is pushed to its owner's devices (docs/spec/v1.md#57-pushes). Large numbers are
 * processed in slices after the commit, and recorded, so that a crash only delays them.
 */
@Injectable()
export class TimerLinks implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(TimerLinks.name);
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly store: TimerStore,
    private readonly clock: Clock,
    private readonly transactions: Transactions,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    void this.finishNoted();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.retry);
  }

  /** Unlinks the timers of a deleted schedule. */
  unlinkSchedule(transaction: Transaction, scheduleId: string, actor: string): Promise<void> {
    return this.unlink(transaction, { link: 'schedule', target_id: scheduleId, actor });
  }

  /** Unlinks the timers of a deleted todo. */
  unlinkTodo(transaction: Transaction, todoId: string, actor: string): Promise<void> {
    return this.unlink(transaction, { link: 'todo', target_id: todoId, actor });
  }

  /** Removes a deleted tag from its timers. */
  removeTag(transaction: Transaction, tagId: string, actor: string): Promise<void> {
    return this.unlink(transaction, { link: 'tag', target_id: tagId, actor });
  }

  /** Sets the visibility level, which is part of the timer object (docs/spec/v1.md#51-timer-object). */
  async setVisibilityLevel(
    transaction: Transaction,
    timerId: string,
    level: string | null,
    actor: string,
  ): Promise<void> {
    await this.store.within(transaction).edit({
      action: 'update',
      where: 't.id = $4 AND coalesce(t.visibility_level, $5::text) IS NOT NULL',
      set: 'visibility_level = $5::text',
      values: [timerId, level],
      limit: 1,
      at: tickAt(this.clock.now()),
      actor,
    });
  }

  private async unlink(transaction: Transaction, unlink: Unlink): Promise<void> {
    const done = await this.slice(transaction, unlink);
    if (done < SLICE) return;
    await transaction.manager.query(
      `INSERT INTO timer_unlinks (link, target_id, actor) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [unlink.link, unlink.target_id, unlink.actor],
    );
    transaction.afterCommit(() => this.finish(unlink));
  }

  /** @returns the number of unlinked timers, at most {@link SLICE} */
  private async slice(transaction: Transaction, { link, target_id: targetId, actor }: Unlink): Promise<number> {
    const at = tickAt(this.clock.now());
    const edit = { action: 'update', ...EDITS[link], values: [targetId], limit: SLICE, at, actor } as const;
    return (await this.store.within(transaction).edit(edit)).length;
  }

  private async finish(unlink: Unlink): Promise<void> {
    try {
      while ((await this.transactions.run((transaction) => this.slice(transaction, unlink))) > 0) {
        // The recorded unlink stays, so the next start of the server continues it.
        if (this.stopped) return;
      }
      await this.database.execute(`DELETE FROM timer_unlinks WHERE link = $1 AND target_id = $2`, [
        unlink.link,
        unlink.target_id,
      ]);
    } catch (error) {
      this.tryAgainLater('timers are not all unlinked yet', error);
    }
  }

  /** Finishes recorded unlinks that a crash or a database failure interrupted. */
  private async finishNoted(): Promise<void> {
    try {
      const noted: Unlink[] = await this.database.query(`SELECT link, target_id, actor FROM timer_unlinks`);
      for (const unlink of noted) await this.finish(unlink);
    } catch (error) {
      this.tryAgainLater('what is left to unlink cannot be read', error);
    }
  }

  private tryAgainLater(msg: string, error: unknown): void {
    if (this.stopped) return;
    this.logger.warn({ msg, ...describeError(error) });
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.finishNoted(), RETRY_AFTER_MS).unref();
  }
}
