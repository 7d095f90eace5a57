import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { describeError } from '../common/logging/describe-error.js';
import { Database } from '../database/database.js';
import { type Transaction, Transactions } from '../database/transactions.js';
import { Clock } from './clock/clock.js';
import { tickAt } from './rules/decide.js';
import type { Edit } from './statements/edit-statement.js';
import { TimerStore } from './writer/timer-store.js';

/**
 * Timers unlinked in the transaction of what they were linked to; more of them follow in slices
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
 * What happens to timers when something they are linked to changes or goes: each affected timer gets a revision and its
 * owner's devices hear of it (docs/spec/v1.md#57-pushes). Many are done in slices after the commit, and noted, so that a
 * crash in between
 * only delays them.
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

  /** The schedule is gone: its timers stay, unlinked. */
  unlinkSchedule(transaction: Transaction, scheduleId: string, actor: string): Promise<void> {
    return this.unlink(transaction, { link: 'schedule', target_id: scheduleId, actor });
  }

  /** The todo is gone: its timers stay, unlinked. */
  unlinkTodo(transaction: Transaction, todoId: string, actor: string): Promise<void> {
    return this.unlink(transaction, { link: 'todo', target_id: todoId, actor });
  }

  /** The tag is gone: it leaves the timers that carry it. */
  removeTag(transaction: Transaction, tagId: string, actor: string): Promise<void> {
    return this.unlink(transaction, { link: 'tag', target_id: tagId, actor });
  }

  /** Who else may read a timer is part of what its devices show (docs/spec/v1.md#51-timer-object). */
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

  /** @returns how many were unlinked, at most a slice */
  private async slice(transaction: Transaction, { link, target_id: targetId, actor }: Unlink): Promise<number> {
    const at = tickAt(this.clock.now());
    const edit = { action: 'update', ...EDITS[link], values: [targetId], limit: SLICE, at, actor } as const;
    return (await this.store.within(transaction).edit(edit)).length;
  }

  private async finish(unlink: Unlink): Promise<void> {
    try {
      while ((await this.transactions.run((transaction) => this.slice(transaction, unlink))) > 0) {
        // The note stays: the next start goes on here.
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

  /** What a crash or a lost database left to do. */
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
