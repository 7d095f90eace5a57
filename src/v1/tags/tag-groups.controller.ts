import { Controller, Delete, Get, Patch, Post, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, JsonBody, PathParts, Query } from '../../common/http/accepts.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { IdPath } from '../http/id-path.js';

import { ok } from '../http/ok.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { PageQuery } from '../planning/page-query.js';
import { TagGroupRemoval } from './tag-group-removal.js';
import { TagGroupStore } from './tag-group-store.js';
import { TagLists } from './tag-lists.js';
import { presentTagGroup } from './tag.presenter.js';
import { NewTagGroupRequest, TagGroupPatch } from './tag.requests.js';

/** Tags that belong together (docs/spec/v1.md#8-tags-and-tag-groups). */
@Controller('v1/tags/groups')
@SignedIn()
export class TagGroupsController {
  constructor(
    private readonly lists: TagLists,
    private readonly store: TagGroupStore,
    private readonly removal: TagGroupRemoval,
  ) {}

  @Get()
  @Accepts({ query: PageQuery })
  list(@Caller() { userId }: Identity, @Query() query: PageQuery, @Res({ passthrough: true }) response: Response) {
    return this.lists.groups(userId, query, response);
  }

  @Post()
  @Accepts({ body: NewTagGroupRequest })
  async create(@Caller() { userId }: Identity, @JsonBody() body: NewTagGroupRequest) {
    return presentTagGroup(await this.store.create(userId, body));
  }

  @Get(':id')
  @Accepts({ path: IdPath })
  get(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return this.lists.group(userId, id);
  }

  @Patch(':id')
  @Accepts({ path: IdPath, body: TagGroupPatch })
  async change(@Caller() { userId }: Identity, @PathParts() { id }: IdPath, @JsonBody() patch: TagGroupPatch) {
    return presentTagGroup(await this.store.change(userId, id, patch));
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  async delete(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.removal.delete(userId, id));
  }
}
