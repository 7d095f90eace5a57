import type { Transaction } from '../../database/transactions.js';
import { ServiceUnavailableError } from '../../common/errors.js';
import { inLogOrder, type TimerChange } from '../records/timer-change.js';
import { TimerRefusal } from '../rules/refusal.js';
import type { RoomTransition } from '../rules/room-timer.js';
import type { Timer, TimerEvent } from '../rules/timer.js';
import { type Edit, type EditedRecord, editStatement } from '../statements/edit-statement.js';
import { insertEndedStatement } from '../statements/insert-ended-statement.js';
import { roomTimerUpdate, roomChanges, roomWrites } from './room-writes.js';
import { changeWrite, type Facts, isPlan, type Plan, type TimerCommandInQueue } from './timer-command.js';
import { type Execute, loadNewestRunning } from '../statements/load-timers-statement.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from '../records/timer-record.js';
import { type WriteBatch, type WriteResult, writeStatement } from '../statements/write-statement.js';
import type { Outcome } from './writer-queue.js';

/** Attempts at a command that others overtake. */
const MAX_ATTEMPTS = 5;

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

  /** A new timer that has ended already: time that was worked without one (extensions.md, "Repairing"). */
  async addEnded(timer: Timer, actor: string): Promise<TimerChange> {
    const { text, values } = insertEndedStatement(timer, actor);
    const [row] = await this.transaction.manager.query<{ change_id: string }[]>(text, values);
    const change = { changeId: row?.change_id ?? '', timer, action: 'create', at: timer.updatedAt, actor };
    this.tell([change]);
    return change;
  }

  /** Lets an event happen to a timer that this transaction has locked. */
  async apply(timer: Timer, event: TimerEvent, actor: string | null): Promise<TimerChange> {
    const write = changeWrite(timer, event, actor);
    const change = { timer: write.timer, action: write.action, at: event.at, actor: write.actor };
    return this.write({ changes: [write], starts: [] }, change);
  }

  /** Carries a command out here instead of in the queue: judged on the locked row. @throws TimerRefusal */
  async carryOut(command: TimerCommandInQueue): Promise<TimerChange> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const plan = command.plan(await this.factsFor(command));
      const outcome = isPlan(plan) ? await this.writePlan(command, plan) : plan;
      if (outcome.kind === 'done') return outcome.result;
      if (outcome.kind === 'failed') throw outcome.error;
    }
    throw new ServiceUnavailableError();
  }

  private async factsFor(command: TimerCommandInQueue): Promise<Facts> {
    const wanted = command.wanted();
    if (wanted === undefined) return { timer: undefined, fresh: true };
    if ('timerId' in wanted) return { timer: await this.lock(wanted.timerId), fresh: true };
    const execute: Execute = ({ text, values }) => this.transaction.manager.query(text, values);
    const newest = await loadNewestRunning(execute, [wanted.newestRunningOf]);
    return { timer: newest.get(wanted.newestRunningOf), fresh: true };
  }

  private async writePlan(command: TimerCommandInQueue, plan: Plan): Promise<Outcome<TimerChange>> {
    const rows = await this.transaction.prepared<WriteResult>(writeStatement(plan, { skipLocked: false }));
    const results = new Map(rows.map((row) => [row.id, row]));
    this.tell(inLogOrder(command.committed(plan, results)));
    return command.conclude(plan, results);
  }

  /** One step of a room's timer, whose row is held: its session's event, the session that begins, and the room timer's own. */
  async step({ event, started, roomTimer, change }: RoomTransition, actor: string | null): Promise<TimerChange[]> {
    const batch = roomWrites([{ event, started, roomTimer, change }], actor);
    const rows = await this.transaction.prepared<WriteResult>(writeStatement(batch, { skipLocked: false }));
    if (event === null) await this.transaction.prepared(roomTimerUpdate(roomTimer));
    const changes = roomChanges(batch, new Map(rows.map((row) => [row.id, row.change_id])));
    this.tell(changes);
    return changes;
  }

  /** Changes what is no command, on every timer that fits. @returns the changes, in the order of the log */
  async edit(edit: Edit): Promise<TimerChange[]> {
    const { text, values } = editStatement(edit);
    const rows = await this.transaction.manager.query<EditedRecord[]>(text, values);
    const { action, at, actor } = edit;
    const changes = rows.map((row) => ({ changeId: row.change_id, timer: toTimer(row), action, at, actor }));
    if (action === 'delete') await this.remove(changes.map(({ timer }) => timer.id));
    this.tell(changes);
    return changes;
  }

  /** What a correction replaces, kept for ever (design.md, "the edits"). */
  async keepEdited(timer: Timer, at: number): Promise<void> {
    await this.transaction.manager.query(
      `INSERT INTO timer_edits (timer_id, revision, at, snapshot)
       SELECT t.id, t.revision, to_timestamp($2::float8), to_jsonb(t) FROM timers t WHERE t.id = $1`,
      [timer.id, at],
    );
  }

  private async remove(ids: readonly string[]): Promise<void> {
    await this.transaction.manager.query(`DELETE FROM timer_edits WHERE timer_id = ANY ($1::uuid[])`, [ids]);
    await this.transaction.manager.query(`DELETE FROM timers WHERE id = ANY ($1::uuid[])`, [ids]);
  }

  private async write(batch: WriteBatch, change: Omit<TimerChange, 'changeId'>): Promise<TimerChange> {
    const rows = await this.transaction.prepared<WriteResult>(writeStatement(batch, { skipLocked: false }));
    const result = rows.at(-1);
    if (!result?.change_id) throw new TimerRefusal(batch.starts.length > 0 ? 'TOO_MANY_ACTIVE' : 'TIMER_NOT_FOUND');
    const written = { changeId: result.change_id, ...change };
    this.tell([written]);
    return written;
  }

  private tell(changes: readonly TimerChange[]): void {
    if (changes.length === 0) return;
    this.transaction.afterCommit(() => {
      this.committed(changes);
    });
  }
}
