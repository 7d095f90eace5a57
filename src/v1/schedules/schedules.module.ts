import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AccessModule } from '../../access/access.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { PlanningModule } from '../planning/planning.module.js';
import { TagsModule } from '../tags/tags.module.js';
import { OccurrenceEditor } from './occurrence-editor.js';
import { ScheduleCalendar } from './schedule-calendar.js';
import { ScheduleException } from './schedule-exception.entity.js';
import { ScheduleExceptions } from './schedule-exceptions.js';
import { ScheduleRow } from './schedule.entity.js';
import { SchedulePlanner } from './schedule-planner.js';
import { ScheduleReader } from './schedule-reader.js';
import { SchedulesController } from './schedules.controller.js';
import { SeriesChanges } from './series-changes.js';

@Module({
  imports: [
    V1HttpModule,
    AccessModule,
    PlanningModule,
    TagsModule,
    TypeOrmModule.forFeature([ScheduleRow, ScheduleException]),
  ],
  controllers: [SchedulesController],
  providers: [SchedulePlanner, OccurrenceEditor, ScheduleCalendar, ScheduleExceptions, ScheduleReader, SeriesChanges],
  exports: [PlanningModule, SchedulePlanner, ScheduleReader, SeriesChanges],
})
export class SchedulesModule {}
