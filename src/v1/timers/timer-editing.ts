import { isDeepStrictEqual } from 'node:util';

import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';

import { Visibility } from '../../access/visibility.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { tickAt } from '../../timer-domain/rules/decide.js';
import { problemOf, type Segment, withSegments } from '../../timer-domain/rules/segments.js';
import { isLive, startTimer, type Timer } from '../../timer-domain/rules/timer.js';
import { TimerStore } from '../../timer-domain/writer/timer-store.js';
import { TimerQuota } from '../../timer-domain/timer-quota.js';
import { V1Error } from '../http/v1-error.js';
import { TagStore } from '../tags/tag-store.js';
import { TodoStore } from '../todos/todo-store.js';
import type { CorrectTimerRequest, ManualTimerRequest, UpdateTimerRequest } from './timer.requests.js';
import { TimerCreation } from './timer-creation.js';

const DAY = 86_400;

/**
 * What owners do to timers besides controlling them (docs/spec/v1.md#55-reading-and-editing,
 * docs/spec/extensions.md#correcting-and-adding-up).
 */
@Injectable()
export class TimerEditing {
  constructor(
    private readonly transactions: Transactions,
    private readonly store: TimerStore,
    private readonly clock: Clock,
    private readonly quota: TimerQuota,
    private readonly creation: TimerCreation,
    private readonly todos: TodoStore,
    private readonly tags: TagStore,
    private readonly visibility: Visibility,
  ) {}

  /** Changes texts, links and tags; what is absent stays, and a change of nothing is no revision. @throws V1Error */
  update(userId: string, id: string, request: UpdateTimerRequest): Promise<Timer> {
    return this.transactions.of(userId).run(async (transaction) => {
      // Before the timer, as deletions do it: schedule, todo and tags first, then what they are on.
      await this.mustBeOwn(transaction, userId, id);
      await this.checkLinks(transaction, userId, request);
      const timer = await this.lockOwn(transaction, userId, id);
      const wanted = {
        title: request.title === undefined ? timer.title : request.title,
        description: request.description === undefined ? timer.description : request.description,
        scheduleId: request.schedule_id === undefined ? timer.scheduleId : request.schedule_id,
        todoId: request.todo_id === undefined ? timer.todoId : request.todo_id,
        tagIds: request.tag_ids === undefined ? timer.tagIds : (request.tag_ids ?? []),
      };
      if (isSame(timer, wanted)) return timer;
      const { title, description, scheduleId, todoId, tagIds } = wanted;
      return this.change(transaction, timer, {
        set: 'title = $5, description = $6, schedule_id = $7, todo_id = $8, tag_ids = $9',
        values: [title, description, scheduleId, todoId, tagIds],
      });
    });
  }

  /** @throws V1Error TimerNotFoundError */
  delete(userId: string, id: string): Promise<void> {
    return this.transactions.of(userId).run(async (transaction) => {
      const timer = await this.lockOwn(transaction, userId, id);
      await this.visibility.forget(transaction, 'timer', [id]);
      const edit = {
        action: 'delete',
        where: 't.id = $4',
        values: [timer.id],
        limit: 1,
        at: this.tick(),
        actor: userId,
      };
      await this.store.within(transaction).edit({ ...edit, action: 'delete' });
    });
  }

  /** Time that was worked without a timer. @throws V1Error, InvalidRequestError, TimerRefusal LIMIT_REACHED */
  async addManual(userId: string, request: ManualTimerRequest): Promise<TimerChange> {
    refuseBadSegments(request.segments, this.tick(), DAY);
    await this.quota.admit(userId, this.clock.now());
    return this.transactions.of(userId).run(async (transaction) => {
      const links = await this.creation.resolve(transaction.manager, userId, request);
      const now = this.tick();
      const chosen = {
        id: uuidv7(),
        userId,
        roomId: null,
        origin: 'v1' as const,
        sessionType: null,
        title: request.title ?? null,
        description: request.description ?? null,
        allocatedDuration: 0,
        ...links,
      };
      const timer = withSegments(startTimer(chosen, now), request.segments);
      const allocatedDuration = request.allocated_duration ?? timer.state.elapsed;
      return this.store.within(transaction).addEnded({ ...timer, allocatedDuration }, userId);
    });
  }

  /** Rebuilds an ended timer from segments; what they replace is kept, and the same again is no revision. @throws V1Error, InvalidRequestError */
  async correct(userId: string, id: string, request: CorrectTimerRequest): Promise<Timer> {
    refuseBadSegments(request.segments, this.tick(), Infinity);
    return this.transactions.of(userId).run(async (transaction) => {
      const timer = await this.lockOwn(transaction, userId, id);
      if (isLive(timer.state) || !('endedAt' in timer.state)) {
        throw new V1Error('InvalidTimerStatusError', `Cannot edit timer with status ${timer.state.status}`);
      }
      const { revision } = request;
      if (revision !== undefined && revision !== null && revision !== timer.revision) {
        throw new V1Error('RevisionConflictError');
      }
      refuseBadSegments(request.segments, this.tick(), Math.max(DAY, timer.state.endedAt - timer.startedAt));
      return this.replaceSegments(transaction, timer, request.segments);
    });
  }

  private async replaceSegments(transaction: Transaction, timer: Timer, segments: readonly Segment[]): Promise<Timer> {
    const corrected = withSegments(timer, segments);
    const { startedAt, history, state } = corrected;
    if (isDeepStrictEqual(history, timer.history)) return timer;
    await this.store.within(transaction).keepEdited(timer, this.tick());
    return this.change(transaction, timer, {
      set: `started_at = to_timestamp($5::float8), ended_at = to_timestamp($6::float8), elapsed_time = $7::int,
        history = $8::jsonb, paused_at = NULL`,
      values: [startedAt, 'endedAt' in state ? state.endedAt : null, state.elapsed, JSON.stringify(history)],
    });
  }

  private async change(
    transaction: Transaction,
    timer: Timer,
    { set, values }: { set: string; values: readonly unknown[] },
  ): Promise<Timer> {
    const [change] = await this.store.within(transaction).edit({
      action: 'update',
      where: 't.id = $4',
      set,
      values: [timer.id, ...values],
      limit: 1,
      at: this.tick(),
      actor: timer.userId,
    });
    return change?.timer ?? timer;
  }

  private async lockOwn(transaction: Transaction, userId: string, id: string): Promise<Timer> {
    const timer = await this.store.within(transaction).lock(id);
    if (timer?.userId !== userId) throw new V1Error('TimerNotFoundError');
    return timer;
  }

  private async mustBeOwn({ manager }: Transaction, userId: string, id: string): Promise<void> {
    const rows: unknown[] = await manager.query(`SELECT FROM timers WHERE id = $1 AND user_id = $2`, [id, userId]);
    if (rows.length === 0) throw new V1Error('TimerNotFoundError');
  }

  private async checkLinks({ manager }: Transaction, userId: string, request: UpdateTimerRequest): Promise<void> {
    await this.creation.ownSchedule(manager, userId, request.schedule_id ?? null);
    const { todo_id: todoId } = request;
    if (todoId !== undefined && todoId !== null && (await this.todos.own(manager, userId, todoId)) === undefined) {
      throw new V1Error('TodoNotFoundError');
    }
    await this.tags.checkOwn(manager, userId, request.tag_ids ?? []);
  }

  private tick(): number {
    return tickAt(this.clock.now());
  }
}

type Editable = Pick<Timer, 'title' | 'description' | 'scheduleId' | 'todoId' | 'tagIds'>;

function isSame(timer: Editable, wanted: Editable): boolean {
  const sameTags =
    timer.tagIds.length === wanted.tagIds.length && wanted.tagIds.every((id) => timer.tagIds.includes(id));
  return (
    sameTags &&
    timer.title === wanted.title &&
    timer.description === wanted.description &&
    timer.scheduleId === wanted.scheduleId &&
    timer.todoId === wanted.todoId
  );
}

/** @throws InvalidRequestError at `body.segments` (docs/spec/extensions.md#corrections) */
function refuseBadSegments(segments: readonly Segment[], now: number, maxSpan: number): void {
  const problem = problemOf(segments, now, maxSpan);
  if (problem === undefined) return;
  const loc = ['body', 'segments'];
  throw new InvalidRequestError([{ type: 'value_error', loc, msg: `Value error, ${problem}`, ctx: { error: {} } }]);
}
