import { Controller, Delete, Get, Patch, Post, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, JsonBody, PathParts, Query } from '../../common/http/accepts.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { IdPath } from '../http/id-path.js';

import { ok } from '../http/ok.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { PageQuery } from '../planning/page-query.js';
import { TagLists } from './tag-lists.js';
import { TagStore } from './tag-store.js';
import { presentTag } from './tag.presenter.js';
import { NewTagRequest, TagPatch } from './tag.requests.js';

/** The words that timers, schedules and todos are sorted by (docs/spec/v1.md#8-tags-and-tag-groups). */
@Controller('v1/tags')
@SignedIn()
export class TagsController {
  constructor(
    private readonly lists: TagLists,
    private readonly store: TagStore,
  ) {}

  @Get()
  @Accepts({ query: PageQuery })
  list(@Caller() { userId }: Identity, @Query() query: PageQuery, @Res({ passthrough: true }) response: Response) {
    return this.lists.tags(userId, query, response);
  }

  @Post()
  @Accepts({ body: NewTagRequest })
  async create(@Caller() { userId }: Identity, @JsonBody() body: NewTagRequest) {
    return presentTag(await this.store.create(userId, body));
  }

  @Get(':id')
  @Accepts({ path: IdPath })
  get(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return this.lists.tag(userId, id);
  }

  @Patch(':id')
  @Accepts({ path: IdPath, body: TagPatch })
  async change(@Caller() { userId }: Identity, @PathParts() { id }: IdPath, @JsonBody() patch: TagPatch) {
    return presentTag(await this.store.change(userId, id, patch));
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  async delete(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.store.delete(userId, id));
  }
}
