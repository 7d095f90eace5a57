import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { CursorKey } from '../http/paging.js';
import { groupBy } from '../planning/group-by.js';
import { type Tag, TAG_COLUMNS, TAG_GROUP_COLUMNS, type TagGroup } from './tag.js';

/** Where a list by name goes on: after this name and, of equal names, this id. */
const AFTER = `($2::text IS NULL OR (name COLLATE "C", id) > ($2::text COLLATE "C", $3::uuid))`;

/** Tags and tag groups as they are read. */
@Injectable()
export class TagReader {
  constructor(private readonly database: Database) {}

  /** The tags with these ids, whoever owns them; what is gone is left out. */
  async find(ids: Iterable<string>): Promise<Map<string, Tag>> {
    const distinct = [...new Set(ids)];
    if (distinct.length === 0) return new Map();
    const tags: Tag[] = await this.database.query(`SELECT ${TAG_COLUMNS} FROM tags WHERE id = ANY ($1::uuid[])`, [
      distinct,
    ]);
    return new Map(tags.map((tag) => [tag.id, tag]));
  }

  async own(ownerId: string, id: string): Promise<Tag | undefined> {
    const [tag]: Tag[] = await this.database.query(`SELECT ${TAG_COLUMNS} FROM tags WHERE id = $2 AND owner_id = $1`, [
      ownerId,
      id,
    ]);
    return tag;
  }

  /** By name. @param after the name and the id where the page before ended */
  list(ownerId: string, after: CursorKey | undefined, limit: number): Promise<Tag[]> {
    return this.database.query(
      `SELECT ${TAG_COLUMNS} FROM tags WHERE owner_id = $1 AND ${AFTER} ORDER BY name COLLATE "C", id LIMIT $4`,
      [ownerId, after?.[0] ?? null, after?.[1] ?? null, limit],
    );
  }

  async ownGroup(ownerId: string, id: string): Promise<TagGroup | undefined> {
    const [group]: TagGroup[] = await this.database.query(
      `SELECT ${TAG_GROUP_COLUMNS} FROM tag_groups WHERE id = $2 AND owner_id = $1`,
      [ownerId, id],
    );
    return group;
  }

  /** By name. @param after the name and the id where the page before ended */
  listGroups(ownerId: string, after: CursorKey | undefined, limit: number): Promise<TagGroup[]> {
    return this.database.query(
      `SELECT ${TAG_GROUP_COLUMNS} FROM tag_groups WHERE owner_id = $1 AND ${AFTER}
       ORDER BY name COLLATE "C", id LIMIT $4`,
      [ownerId, after?.[0] ?? null, after?.[1] ?? null, limit],
    );
  }

  /** The tags of each of these groups, by name; a group without tags is not in the map. */
  async byGroups(groupIds: readonly string[]): Promise<Map<string, Tag[]>> {
    const tags: Tag[] = await this.database.query(
      `SELECT ${TAG_COLUMNS} FROM tags WHERE group_id = ANY ($1::uuid[]) ORDER BY name COLLATE "C", id`,
      [groupIds],
    );
    return groupBy(tags, ({ groupId }) => groupId);
  }
}
