import { Injectable } from '@nestjs/common';

import { type OwnerWrite, OwnerWrites } from '../planning/owner-writes.js';
import { TodoStore } from '../todos/todo-store.js';
import { TagGroupStore } from './tag-group-store.js';
import { TagStore } from './tag-store.js';

/**
 * Deletes a tag group with what belongs to it: its todos, and its tags with all their links
 * (docs/spec/v1.md#8-tags-and-tag-groups).
 */
@Injectable()
export class TagGroupRemoval {
  constructor(
    private readonly writes: OwnerWrites,
    private readonly groups: TagGroupStore,
    private readonly tags: TagStore,
    private readonly todos: TodoStore,
  ) {}

  /** @throws V1Error TagGroupNotFoundError */
  delete(ownerId: string, id: string): Promise<void> {
    return this.writes.run(ownerId, async (write) => {
      await this.groups.own(write, id);
      await this.todos.remove(write, await idsIn(write, 'todos', 'tag_group_id', id));
      await this.tags.leaveEverything(write, await idsIn(write, 'tags', 'group_id', id));
      await this.groups.remove(write, id);
    });
  }
}

async function idsIn(
  { manager }: OwnerWrite,
  table: 'tags' | 'todos',
  column: string,
  groupId: string,
): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(
    `SELECT id FROM ${table} WHERE ${column} = $1 ORDER BY id FOR UPDATE`,
    [groupId],
  );
  return rows.map(({ id }) => id);
}
