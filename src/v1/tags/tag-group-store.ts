import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

import { V1Error } from '../http/v1-error.js';
import { type OwnerWrite, OwnerWrites } from '../planning/owner-writes.js';
import { TAG_GROUP_COLUMNS, type TagGroup } from './tag.js';
import type { NewTagGroupRequest, TagGroupPatch } from './tag.requests.js';

/** A person's tag groups as they are written (docs/spec/v1.md#8-tags-and-tag-groups); their deletion is TagGroupRemoval's. */
@Injectable()
export class TagGroupStore {
  constructor(private readonly writes: OwnerWrites) {}

  /** The group is the person's, and stays until the transaction ends. @throws V1Error TagGroupNotFoundError */
  async checkOwn(manager: EntityManager, ownerId: string, id: string): Promise<void> {
    const groups: unknown[] = await manager.query(
      `SELECT FROM tag_groups WHERE id = $2 AND owner_id = $1 FOR KEY SHARE`,
      [ownerId, id],
    );
    if (groups.length === 0) throw new V1Error('TagGroupNotFoundError', id);
  }

  create(ownerId: string, request: NewTagGroupRequest): Promise<TagGroup> {
    return this.writes.run(ownerId, (write) => insert(write, request));
  }

  /** @throws V1Error TagGroupNotFoundError */
  change(ownerId: string, id: string, patch: TagGroupPatch): Promise<TagGroup> {
    return this.writes.run(ownerId, async (write) => {
      const group = await this.own(write, id);
      const changed = patched(group, patch);
      if (isSame(group, changed)) return group;
      return update(write, changed);
    });
  }

  /** The group, locked against everything that would refer to it. @throws V1Error TagGroupNotFoundError */
  async own({ manager, ownerId }: OwnerWrite, id: string): Promise<TagGroup> {
    const [group]: TagGroup[] = await manager.query(
      `SELECT ${TAG_GROUP_COLUMNS} FROM tag_groups WHERE id = $2 AND owner_id = $1 FOR UPDATE`,
      [ownerId, id],
    );
    if (group === undefined) throw new V1Error('TagGroupNotFoundError', id);
    return group;
  }

  /**
   * A group that has lost its last tag goes, unless todos belong to it (docs/spec/v1.md#8-tags-and-tag-groups,
   * docs/spec/v1.md#12-easy-to-get-wrong).
   */
  async removeIfLeft(write: OwnerWrite, id: string): Promise<void> {
    const left: unknown[] = await write.manager.query(
      `SELECT FROM tag_groups WHERE id = $1 AND NOT EXISTS (SELECT FROM tags WHERE group_id = $1)
         AND NOT EXISTS (SELECT FROM todos WHERE tag_group_id = $1)`,
      [id],
    );
    if (left.length > 0) await this.remove(write, id);
  }

  /** Removes a group that nothing belongs to any more; schedules lose it. */
  async remove({ manager, at }: OwnerWrite, id: string): Promise<void> {
    await manager.query(
      `UPDATE schedules SET tag_group_id = NULL, updated_at = to_timestamp($2) WHERE tag_group_id = $1`,
      [id, at],
    );
    await manager.query(`DELETE FROM tag_groups WHERE id = $1`, [id]);
  }
}

function patched(group: TagGroup, patch: TagGroupPatch): TagGroup {
  const { name = group.name, color = group.color, description = group.description } = patch;
  const goalRatios = patch.goal_ratios === undefined ? group.goalRatios : patch.goal_ratios;
  return { ...group, name, color, description, goalRatios };
}

const isSame = (one: TagGroup, other: TagGroup): boolean =>
  one.name === other.name &&
  one.color === other.color &&
  one.description === other.description &&
  areSameGoals(one.goalRatios, other.goalRatios);

function areSameGoals(one: TagGroup['goalRatios'], other: TagGroup['goalRatios']): boolean {
  if (one === null || other === null) return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

async function insert({ manager, ownerId, at }: OwnerWrite, request: NewTagGroupRequest): Promise<TagGroup> {
  const rows: TagGroup[] = await manager.query(
    `INSERT INTO tag_groups (id, owner_id, name, color, description, goal_ratios, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, to_timestamp($7), to_timestamp($7)) RETURNING ${TAG_GROUP_COLUMNS}`,
    [uuidv7(), ownerId, request.name, request.color, request.description, jsonOf(request.goal_ratios), at],
  );
  return rows[0] as TagGroup;
}

async function update({ manager, at }: OwnerWrite, group: TagGroup): Promise<TagGroup> {
  const { id, name, color, description, goalRatios } = group;
  await manager.query(
    `UPDATE tag_groups SET name = $2, color = $3, description = $4, goal_ratios = $5::jsonb,
       updated_at = to_timestamp($6) WHERE id = $1`,
    [id, name, color, description, jsonOf(goalRatios), at],
  );
  return { ...group, updatedAt: at };
}

const jsonOf = (value: TagGroup['goalRatios'] | undefined): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);
