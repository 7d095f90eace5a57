import { Module } from '@nestjs/common';

import { AccessModule } from '../../access/access.module.js';
import { RoomPeopleModule } from '../../room-people/room-people.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { TagsModule } from '../tags/tags.module.js';
import { TodosModule } from '../todos/todos.module.js';
import { LinkedTimersController } from './linked-timers.controller.js';
import { LinkedTimers } from './linked-timers.js';
import { RoomSessions } from './room-sessions.js';
import { TimerControlController } from './timer-control.controller.js';
import { TimerCreation } from './timer-creation.js';
import { TimerEditing } from './timer-editing.js';
import { TimerFinder } from './timer-finder.js';
import { TimerPresenter } from './timer.presenter.js';
import { TimerReader } from './timer-reader.js';
import { TimerRevisions } from './timer-revisions.js';
import { TimersController } from './timers.controller.js';

@Module({
  imports: [V1HttpModule, AccessModule, RoomPeopleModule, TimerDomainModule, TagsModule, SchedulesModule, TodosModule],
  controllers: [TimersController, TimerControlController, LinkedTimersController],
  providers: [
    LinkedTimers,
    RoomSessions,
    TimerReader,
    TimerFinder,
    TimerCreation,
    TimerEditing,
    TimerRevisions,
    TimerPresenter,
  ],
  exports: [TimerFinder, TimerCreation, TimerPresenter],
})
export class TimersModule {}
