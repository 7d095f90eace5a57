import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AccessModule } from '../../access/access.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { PlanningModule } from '../planning/planning.module.js';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { TagsModule } from '../tags/tags.module.js';
import { ScheduleTodoController } from './schedule-todo.controller.js';
import { TodoRow } from './todo.entity.js';
import { TodoList } from './todo-list.js';
import { TodoPlanner } from './todo-planner.js';
import { TodoReader } from './todo-reader.js';
import { TodoTree } from './todo-tree.js';
import { TodosController } from './todos.controller.js';

@Module({
  imports: [
    V1HttpModule,
    AccessModule,
    PlanningModule,
    TagsModule,
    SchedulesModule,
    TypeOrmModule.forFeature([TodoRow]),
  ],
  controllers: [TodosController, ScheduleTodoController],
  providers: [TodoPlanner, TodoTree, TodoList, TodoReader],
  exports: [PlanningModule, TodoReader],
})
export class TodosModule {}
