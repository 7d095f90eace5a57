import { ServiceUnavailableError } from '../../common/errors.js';
import type { Transaction } from '../../database/transactions.js';
import type { TimerChange } from '../records/timer-change.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from '../records/timer-record.js';
import { byTimer, changeWrite, type WritePlan, type WriteResult, type WriteResults } from '../records/write-plan.js';
import { editedChanges, type EditedRecord, writtenChanges } from '../records/written-changes.js';
import { TimerRefusal } from '../rules/refusal.js';
import type { RoomTransition } from '../rules/room-timer.js';
import type { Timer, TimerEvent } from '../rules/timer.js';
import { type Edit, editStatement } from '../statements/edit-statement.js';
import { insertEndedStatement } from '../statements/insert-ended-statement.js';
import { loadNewestRunning } from '../statements/load-timers-statement.js';
import type { Execute } from '../statements/prepared-statement.js';
import { writeStatement } from '../statements/write-statement.js';
import { roomWrites } from '../records/room-writes.js';
import { roomTimerUpdate } from '../statements/room-timer-statement.js';
import {
  type CommandOutcome,
  isPlan,
  type Loaded,
  lookupOf,
  NOTHING_LOADED,
  plan,
  type QueuedCommand,
  resolve,
} from '../commands/timer-command.js';

/** Maximum number of attempts at a command that concurrent writes overtake. */
const MAX_ATTEMPTS = 5;

/**
 * Timer writes in a larger transaction, with row locks and the same revision guards and log rows as in the queue. The
 * changes are published after the commit of the transaction.
 */
export class TimersInTransaction {
  constructor(
    private readonly transaction: Transaction,
    private readonly publish: (changes: readonly TimerChange[]) => void,
  ) {}

  /** Reads a timer and locks it until the transaction ends; undefined when it does not exist. */
  async lock(id: string): Promise<Timer | undefined> {
    const rows = await this.transaction.manager.query<TimerRecord[]>(
      `SELECT ${TIMER_COLUMNS} FROM timers t WHERE t.id = $1 FOR UPDATE`,
      [id],
    );
    return rows[0] && toTimer(rows[0]);
  }

  /** Starts a new timer. @throws TimerRefusal TOO_MANY_ACTIVE */
  async start(timer: Timer, actor: string | null): Promise<TimerChange> {
    const start = { timer, actor, exclusive: false, predecessor: null };
    const [change] = await this.write({ changes: [], starts: [start] });
    if (change === undefined) throw new TimerRefusal('TOO_MANY_ACTIVE');
    return change;
  }

  /** Adds an ended timer, for time recorded afterwards (docs/spec/extensions.md#correcting-and-adding-up). */
  async addEnded(timer: Timer, actor: string): Promise<TimerChange> {
    const { text, values } = insertEndedStatement(timer, actor);
    const [row] = await this.transaction.manager.query<{ change_id: string }[]>(text, values);
    const change = { changeId: row?.change_id ?? '', timer, action: 'create' as const, at: timer.updatedAt, actor };
    this.publishLater([change]);
    return change;
  }

  /** Applies an event to a timer that this transaction has locked. @throws TimerRefusal TIMER_NOT_FOUND */
  async apply(timer: Timer, event: TimerEvent, actor: string | null): Promise<TimerChange> {
    const [change] = await this.write({ changes: [changeWrite(timer, event, actor)], starts: [] });
    if (change === undefined) throw new TimerRefusal('TIMER_NOT_FOUND');
    return change;
  }

  /** Executes a command in this transaction instead of the queue. @throws TimerRefusal, ServiceUnavailableError */
  async execute(command: QueuedCommand): Promise<TimerChange> {
    let current = command;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const outcome = await this.attempt(current);
      if (outcome.kind === 'done') return outcome.result;
      if (outcome.kind === 'failed') throw outcome.error;
      if (outcome.kind === 'again' && outcome.command) current = outcome.command;
    }
    throw new ServiceUnavailableError();
  }

  private async attempt(command: QueuedCommand): Promise<CommandOutcome> {
    const planned = plan(command, await this.load(command));
    return isPlan(planned) ? resolve(command, planned, await this.writeRows(planned)) : planned;
  }

  private async load(command: QueuedCommand): Promise<Loaded> {
    const lookup = lookupOf(command);
    if (lookup === undefined) return NOTHING_LOADED;
    if ('timerId' in lookup) return { timer: await this.lock(lookup.timerId), isFresh: true };
    const execute: Execute = ({ text, values }) => this.transaction.manager.query(text, values);
    const newest = await loadNewestRunning(execute, [lookup.newestRunningOf]);
    return { timer: newest.get(lookup.newestRunningOf), isFresh: true };
  }

  /** Writes one step of a room timer whose row is locked: session event, new session, and room timer. */
  async step({ event, started, roomTimer, change }: RoomTransition, actor: string | null): Promise<TimerChange[]> {
    const changes = await this.write(roomWrites([{ event, started, roomTimer, change }], actor));
    if (event === null) await this.transaction.prepared(roomTimerUpdate(roomTimer));
    return changes;
  }

  /** Applies an edit to all timers that match it. @returns the changes in the order of the log */
  async edit(edit: Edit): Promise<TimerChange[]> {
    const { text, values } = editStatement(edit);
    const rows = await this.transaction.manager.query<EditedRecord[]>(text, values);
    const changes = editedChanges(rows, edit);
    if (edit.action === 'delete') await this.remove(changes.map(({ timer }) => timer.id));
    this.publishLater(changes);
    return changes;
  }

  /** Stores the timer's state before a correction (docs/architecture.md#two-logs). */
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

  /** @returns the changes that were written */
  private async write(planned: WritePlan): Promise<TimerChange[]> {
    return writtenChanges(planned, await this.writeRows(planned));
  }

  private async writeRows(planned: WritePlan): Promise<WriteResults> {
    const statement = writeStatement(planned, { skipLocked: false });
    const results = byTimer(await this.transaction.prepared<WriteResult>(statement));
    this.publishLater(writtenChanges(planned, results));
    return results;
  }

  private publishLater(changes: readonly TimerChange[]): void {
    if (changes.length === 0) return;
    this.transaction.afterCommit(() => {
      this.publish(changes);
    });
  }
}
