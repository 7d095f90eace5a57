import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { PlanningModule } from '../planning/planning.module.js';
import { TagRow } from './tag.entity.js';
import { TagGroupRow } from './tag-group.entity.js';
import { TagGroupRemoval } from './tag-group-removal.js';
import { TagGroupStore } from './tag-group-store.js';
import { TagGroupsController } from './tag-groups.controller.js';
import { TagLists } from './tag-lists.js';
import { TagReader } from './tag-reader.js';
import { TagStore } from './tag-store.js';
import { TagsController } from './tags.controller.js';

@Module({
  imports: [V1HttpModule, PlanningModule, TimerDomainModule, TypeOrmModule.forFeature([TagRow, TagGroupRow])],
  // `/tags/groups` before `/tags/:id` (docs/spec/v1.md#11-requests-and-replies, "Fixed segments win").
  controllers: [TagGroupsController, TagsController],
  providers: [TagReader, TagStore, TagGroupStore, TagGroupRemoval, TagLists],
  exports: [TagReader, TagStore, TagGroupStore],
})
export class TagsModule {}
