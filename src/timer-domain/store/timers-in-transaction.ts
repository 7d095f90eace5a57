import type { Transaction } from '../../database/transactions.js';
import type { TimerChange } from '../changes/timer-change.js';
import { TimerRefusal } from '../rules/refusal.js';
import type { Timer, TimerEvent } from '../rules/timer.js';
import { changeWrite } from './timer-command.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from './timer-record.js';
import { type WriteBatch, type WriteResult, writeStatement } from './write-statement.js';

/**
 * Timers as part of a larger write: row lock, the same revision guard, the same change row. The cache and the feed learn
 * of it after the commit of the whole.
 */
export class TimersInTransaction {
  constructor(
    private readonly transaction: Transaction,
    private readonly committed: (changes: readonly TimerChange[]) => void,
  ) {}

  /** The timer as it is now, locked until the transaction ends; undefined when there is none. */
  async lock(id: string): Promise<Timer | undefined> {
    const rows = await this.transaction.manager.query<TimerRecord[]>(
      `SELECT ${TIMER_COLUMNS} FROM timers t WHERE t.id = $1 FOR UPDATE`,
      [id],
    );
    return rows[0] && toTimer(rows[0]);
  }

  /** A new running timer. @throws TimerRefusal TOO_MANY_ACTIVE */
  async start(timer: Timer, actor: string | null): Promise<TimerChange> {
    const write = { timer, actor, exclusive: false, predecessor: null };
    return this.write({ changes: [], starts: [write] }, { timer, action: 'start', at: timer.startedAt, actor });
  }

  /** Lets an event happen to a timer that this transaction has locked. */
  async apply(timer: Timer, event: TimerEvent, actor: string | null): Promise<TimerChange> {
    const write = changeWrite(timer, event, actor);
    const change = { timer: write.timer, action: write.action, at: event.at, actor: write.actor };
    return this.write({ changes: [write], starts: [] }, change);
  }

  private async write(batch: WriteBatch, change: Omit<TimerChange, 'changeId'>): Promise<TimerChange> {
    const { text, values } = writeStatement(batch, { skipLocked: false });
    const [result] = await this.transaction.manager.query<WriteResult[]>(text, values);
    if (!result?.change_id) throw new TimerRefusal(batch.starts.length > 0 ? 'TOO_MANY_ACTIVE' : 'TIMER_NOT_FOUND');
    const written = { changeId: result.change_id, ...change };
    this.transaction.afterCommit(() => {
      this.committed([written]);
    });
    return written;
  }
}
