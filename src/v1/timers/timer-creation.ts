import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

import { Transactions } from '../../database/transactions.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { tickAt } from '../../timer-domain/rules/decide.js';
import { type NewTimer, startTimer } from '../../timer-domain/rules/timer.js';
import { TimerStore } from '../../timer-domain/writer/timer-store.js';
import { TimerQuota } from '../../timer-domain/timer-quota.js';
import { V1Error } from '../http/v1-error.js';
import { ScheduleStore } from '../schedules/schedule-store.js';
import { TagStore } from '../tags/tag-store.js';
import { TodoStore } from '../todos/todo-store.js';
import type { CreateTimerRequest } from './timer.requests.js';

type Links = Pick<CreateTimerRequest, 'schedule_id' | 'todo_id' | 'tag_ids'>;

/** What a timer is planned with, all of it the owner's. */
export interface ResolvedLinks {
  readonly scheduleId: string | null;
  readonly todoId: string | null;
  readonly tagIds: string[];
}

/** Starts timers that are planned with something (docs/spec/v1.md#53-creating). */
@Injectable()
export class TimerCreation {
  constructor(
    private readonly transactions: Transactions,
    private readonly store: TimerStore,
    private readonly clock: Clock,
    private readonly quota: TimerQuota,
    private readonly schedules: ScheduleStore,
    private readonly todos: TodoStore,
    private readonly tags: TagStore,
  ) {}

  /** @throws V1Error for what is not the caller's; TimerRefusal when they have too many; ServiceUnavailableError */
  async create(userId: string, request: CreateTimerRequest): Promise<TimerChange> {
    await this.quota.admit(userId, this.clock.now());
    return this.transactions.of(userId).run(async (transaction) => {
      const links = await this.resolve(transaction.manager, userId, request);
      const timer = startTimer(newTimer(userId, request, links), tickAt(this.clock.now()));
      return this.store.within(transaction).start(timer, userId);
    });
  }

  /**
   * Checks links and finds the other half of a lone one, unless it is null (docs/spec/v1.md#53-creating,
   * docs/spec/v1.md#1-conventions, docs/spec/v1.md#4-cors-and-rate-limits); what is found stays until the
   * commit.
   */
  async resolve(
    manager: EntityManager,
    userId: string,
    { schedule_id, todo_id, tag_ids }: Links,
  ): Promise<ResolvedLinks> {
    const schedule = await this.ownSchedule(manager, userId, schedule_id ?? null);
    const todoId = todo_id === undefined ? (schedule?.sourceTodoId ?? null) : todo_id;
    if (todoId !== null && (await this.todos.own(manager, userId, todoId)) === undefined) {
      throw new V1Error('TodoNotFoundError');
    }
    const isFilledIn = schedule_id === undefined && todoId !== null;
    const scheduleId = isFilledIn ? await this.todos.firstSchedule(manager, todoId) : schedule?.id;
    const tagIds = tag_ids ?? [];
    await this.tags.checkOwn(manager, userId, tagIds);
    return { scheduleId: scheduleId ?? null, todoId, tagIds };
  }

  /** @throws V1Error ScheduleNotFoundError when it is not the caller's */
  async ownSchedule(manager: EntityManager, userId: string, scheduleId: string | null) {
    if (scheduleId === null) return undefined;
    const schedule = await this.schedules.own(manager, userId, scheduleId);
    if (schedule === undefined) throw new V1Error('ScheduleNotFoundError');
    return schedule;
  }
}

function newTimer(userId: string, request: CreateTimerRequest, links: ResolvedLinks): NewTimer {
  return {
    id: uuidv7(),
    userId,
    roomId: null,
    origin: 'v1',
    sessionType: null,
    title: request.title ?? null,
    description: request.description ?? null,
    allocatedDuration: request.allocated_duration,
    ...links,
  };
}
