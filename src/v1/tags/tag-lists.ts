import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { limitOf, Pages } from '../http/paging.js';
import { V1Error } from '../http/v1-error.js';
import { cursorKey, isId, isText } from '../planning/cursor.js';
import type { PageQuery } from '../planning/page-query.js';
import { TagReader } from './tag-reader.js';
import { presentTag, presentTagGroupWithTags } from './tag.presenter.js';

const BY_NAME = [isText, isId];
const nameKey = ({ name, id }: { name: string; id: string }) => [name, id];

/** A person's tags and groups, as replies show them (docs/spec/v1.md#8-tags-and-tag-groups). */
@Injectable()
export class TagLists {
  constructor(
    private readonly reader: TagReader,
    private readonly pages: Pages,
  ) {}

  async tags(ownerId: string, query: PageQuery, response: Response) {
    const limit = limitOf(query);
    const fetched = await this.reader.list(ownerId, cursorKey(query, BY_NAME), limit + 1);
    return this.pages.cut(response, fetched, limit, nameKey).map((tag) => presentTag(tag));
  }

  async groups(ownerId: string, query: PageQuery, response: Response) {
    const limit = limitOf(query);
    const fetched = await this.reader.listGroups(ownerId, cursorKey(query, BY_NAME), limit + 1);
    const groups = this.pages.cut(response, fetched, limit, nameKey);
    const tags = await this.reader.byGroups(groups.map(({ id }) => id));
    return groups.map((group) => presentTagGroupWithTags(group, tags.get(group.id) ?? []));
  }

  /** @throws V1Error TagNotFoundError */
  async tag(ownerId: string, id: string) {
    const tag = await this.reader.own(ownerId, id);
    if (tag === undefined) throw new V1Error('TagNotFoundError', id);
    return presentTag(tag);
  }

  /** @throws V1Error TagGroupNotFoundError */
  async group(ownerId: string, id: string) {
    const group = await this.reader.ownGroup(ownerId, id);
    if (group === undefined) throw new V1Error('TagGroupNotFoundError', id);
    const tags = await this.reader.byGroups([id]);
    return presentTagGroupWithTags(group, tags.get(id) ?? []);
  }
}
