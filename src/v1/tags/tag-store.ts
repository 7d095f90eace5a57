import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

import { serverErrorOf } from '../../database/database-errors.js';
import { TimerLinks } from '../../timer-domain/timer-links.js';
import { V1Error } from '../http/v1-error.js';
import { requireRoom } from '../planning/limits.js';
import { type OwnerWrite, OwnerWrites } from '../planning/owner-writes.js';
import { changedRows } from '../planning/sql.js';
import { type Tag, TAG_COLUMNS } from './tag.js';
import { TagGroupStore } from './tag-group-store.js';
import type { NewTagRequest, TagPatch } from './tag.requests.js';

const UNIQUE_VIOLATION = '23505';

/** A person's tags as they are written (docs/spec/v1.md#8-tags-and-tag-groups). */
@Injectable()
export class TagStore {
  constructor(
    private readonly writes: OwnerWrites,
    private readonly groups: TagGroupStore,
    private readonly timerLinks: TimerLinks,
  ) {}

  /**
   * All of these are the person's, and stay theirs until the transaction ends.
   * @throws V1Error TagNotFoundError with the first that is not
   */
  async checkOwn(manager: EntityManager, ownerId: string, tagIds: readonly string[]): Promise<void> {
    if (tagIds.length === 0) return;
    const own: { id: string }[] = await manager.query(
      `SELECT id FROM tags WHERE owner_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE`,
      [ownerId, tagIds],
    );
    const unknown = tagIds.find((tagId) => !own.some(({ id }) => id === tagId));
    if (unknown !== undefined) throw new V1Error('TagNotFoundError', unknown);
  }

  /** @throws V1Error TagGroupNotFoundError, LimitReachedError, DuplicateTagNameError */
  create(ownerId: string, request: NewTagRequest): Promise<Tag> {
    return this.writes.run(ownerId, async (write) => {
      await this.groups.checkOwn(write.manager, ownerId, request.group_id);
      await requireRoom(write, 'tags');
      return insert(write, request);
    });
  }

  /** @throws V1Error TagNotFoundError, DuplicateTagNameError */
  change(ownerId: string, id: string, patch: TagPatch): Promise<Tag> {
    return this.writes.run(ownerId, async (write) => {
      const tag = await own(write, id);
      const { name = tag.name, color = tag.color, description = tag.description } = patch;
      if (name === tag.name && color === tag.color && description === tag.description) return tag;
      return update(write, { ...tag, name, color, description });
    });
  }

  /**
   * It leaves everything that carries it. The group of which it was the last tag goes too, unless todos belong to it.
   * @throws V1Error TagNotFoundError
   */
  delete(ownerId: string, id: string): Promise<void> {
    return this.writes.run(ownerId, async (write) => {
      const { groupId } = await own(write, id);
      await this.leaveEverything(write, [id]);
      await write.manager.query(`DELETE FROM tags WHERE id = $1`, [id]);
      await this.groups.removeIfLeft(write, groupId);
    });
  }

  /** Takes tags, which are locked, from timers, schedules, their exceptions and todos. */
  async leaveEverything(write: OwnerWrite, tagIds: readonly string[]): Promise<void> {
    await leavePlans(write, tagIds);
    for (const tagId of tagIds) await this.timerLinks.removeTag(write.transaction, tagId, write.ownerId);
  }
}

/** The tag, locked: a timer that is being given it comes first, or finds it gone. */
async function own({ manager, ownerId }: OwnerWrite, id: string): Promise<Tag> {
  const [tag]: Tag[] = await manager.query(
    `SELECT ${TAG_COLUMNS} FROM tags WHERE id = $2 AND owner_id = $1 FOR UPDATE`,
    [ownerId, id],
  );
  if (tag === undefined) throw new V1Error('TagNotFoundError', id);
  return tag;
}

async function insert({ manager, ownerId, at }: OwnerWrite, request: NewTagRequest): Promise<Tag> {
  const { name, color, group_id: groupId, description } = request;
  const tag: Tag = {
    id: uuidv7(),
    name,
    color,
    description: description ?? null,
    groupId,
    createdAt: at,
    updatedAt: at,
  };
  await uniquely(
    name,
    manager.query(
      `INSERT INTO tags (id, owner_id, group_id, name, color, description, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7), to_timestamp($7))`,
      [tag.id, ownerId, groupId, name, color, tag.description, at],
    ),
  );
  return tag;
}

async function update({ manager, at }: OwnerWrite, tag: Tag): Promise<Tag> {
  await uniquely(
    tag.name,
    manager.query(
      `UPDATE tags SET name = $2, color = $3, description = $4, updated_at = to_timestamp($5) WHERE id = $1`,
      [tag.id, tag.name, tag.color, tag.description, at],
    ),
  );
  return { ...tag, updatedAt: at };
}

/** @throws V1Error DuplicateTagNameError when the constraint says that another tag of the group has this name */
async function uniquely(name: string, written: Promise<unknown>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (serverErrorOf(error)?.code === UNIQUE_VIOLATION) throw new V1Error('DuplicateTagNameError', name);
    throw error;
  }
}

/** What loses a tag was changed by it; an exception is its master's change. */
async function leavePlans({ manager, ownerId, at }: OwnerWrite, tagIds: readonly string[]): Promise<void> {
  const without = `ARRAY(SELECT t.id FROM unnest(tag_ids) WITH ORDINALITY AS t (id, n)
    WHERE t.id <> ALL ($1::uuid[]) ORDER BY t.n)`;
  await manager.query(
    `UPDATE todos SET tag_ids = ${without}, updated_at = to_timestamp($3)
     WHERE owner_id = $2 AND tag_ids && $1::uuid[]`,
    [tagIds, ownerId, at],
  );
  await manager.query(
    `UPDATE schedules SET tag_ids = ${without}, updated_at = to_timestamp($3)
     WHERE owner_id = $2 AND tag_ids && $1::uuid[]`,
    [tagIds, ownerId, at],
  );
  const masters = await changedRows<{ id: string }>(
    manager,
    `UPDATE schedule_exceptions SET tag_ids = ${without} WHERE tag_ids && $1::uuid[] RETURNING master_id AS id`,
    [tagIds],
  );
  if (masters.length === 0) return;
  await manager.query(`UPDATE schedules SET updated_at = to_timestamp($2) WHERE id = ANY ($1::uuid[])`, [
    masters.map(({ id }) => id),
    at,
  ]);
}
