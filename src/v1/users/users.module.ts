import { Module } from '@nestjs/common';

import { AccessModule } from '../../access/access.module.js';
import { RoomPeopleModule } from '../../room-people/room-people.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { ExportModule } from '../export/export.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { TodosModule } from '../todos/todos.module.js';
import { AccountDeletion } from './account-deletion.js';
import { AccountExport } from './account-export.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [
    V1HttpModule,
    AccessModule,
    RoomPeopleModule,
    TimerDomainModule,
    ExportModule,
    SchedulesModule,
    TodosModule,
  ],
  controllers: [UsersController],
  providers: [AccountDeletion, AccountExport],
})
export class UsersModule {}
