import { Module } from '@nestjs/common';

import { AuthModule } from './auth/auth.module.js';
import { CalendarModule } from './calendar/calendar.module.js';
import { ExportModule } from './export/export.module.js';
import { FriendsModule } from './friends/friends.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { SharingModule } from './sharing/sharing.module.js';
import { SocketModule } from './socket/socket.module.js';
import { StatisticsModule } from './statistics/statistics.module.js';
import { TimersModule } from './timers/timers.module.js';
import { TagsModule } from './tags/tags.module.js';
import { TodosModule } from './todos/todos.module.js';

import { UsersModule } from './users/users.module.js';

/** Generation 2: timers, schedules, todos, tags, friends and sharing over REST (docs/spec/v1.md#rest-api-v1). */
@Module({
  imports: [
    // What is called most comes first: Express tries one route after the other.
    // The export before the timers: /v1/timers/export is no id (docs/spec/v1.md#11-requests-and-replies).
    ExportModule,
    TimersModule,
    AuthModule,
    FriendsModule,
    SharingModule,
    TagsModule,
    SchedulesModule,
    TodosModule,
    StatisticsModule,
    CalendarModule,
    SocketModule,
    UsersModule,
  ],
})
export class V1Module {}
