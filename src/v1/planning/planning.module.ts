import { Module } from '@nestjs/common';

import { AccessModule } from '../../access/access.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { ScheduleStore } from '../schedules/schedule-store.js';
import { TodoStore } from '../todos/todo-store.js';
import { OwnerWrites } from './owner-writes.js';

/**
 * The rows of what timers are planned with. They stand beneath tags, schedules and todos, because these make and delete
 * each other: a deadline a schedule, a schedule a todo, a tag group its todos (docs/spec/v1.md#6-schedules,
 * docs/spec/v1.md#8-tags-and-tag-groups).
 */
@Module({
  imports: [AccessModule, TimerDomainModule],
  providers: [OwnerWrites, ScheduleStore, TodoStore],
  exports: [OwnerWrites, ScheduleStore, TodoStore],
})
export class PlanningModule {}
