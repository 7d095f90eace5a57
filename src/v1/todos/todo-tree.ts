import { Injectable } from '@nestjs/common';

import { V1Error } from '../http/v1-error.js';
import type { OwnerWrite } from '../planning/owner-writes.js';
import type { Todo } from './todo.js';

/**
 * Which todo is part of which: trees, each within one tag group (docs/spec/v1.md#72-post-v1todos,
 * docs/spec/v1.md#73-patch-v1todosid).
 */
@Injectable()
export class TodoTree {
  /** @throws V1Error TodoInvalidParentError, TodoParentGroupMismatchError */
  async checkNew({ manager, ownerId }: OwnerWrite, parentId: string, tagGroupId: string): Promise<void> {
    const [parent]: { groupId: string }[] = await manager.query(
      `SELECT tag_group_id AS "groupId" FROM todos WHERE id = $2 AND owner_id = $1`,
      [ownerId, parentId],
    );
    if (parent === undefined) throw new V1Error('TodoInvalidParentError');
    if (parent.groupId !== tagGroupId) throw new V1Error('TodoParentGroupMismatchError');
  }

  /**
   * A todo as it is to be stands well among the others. Changes of one person happen one after the other, so it still
   * does at the commit.
   * @throws V1Error TodoSelfReferenceError, TodoInvalidParentError, TodoCycleError, TodoParentGroupMismatchError
   */
  async checkMoved(write: OwnerWrite, before: Todo, after: Todo): Promise<void> {
    const { parentId } = after;
    const isMoved = parentId !== before.parentId;
    if (!isMoved && after.tagGroupId === before.tagGroupId) return;
    if (parentId === after.id) throw new V1Error('TodoSelfReferenceError');
    if (parentId !== null && isMoved) await checkNoCycle(write, after.id, parentId);
    if (parentId !== null) await this.checkNew(write, parentId, after.tagGroupId);
    await checkChildren(write, after);
  }
}

/** The todo is not above its new parent. @throws V1Error TodoCycleError */
async function checkNoCycle({ manager, ownerId }: OwnerWrite, id: string, parentId: string): Promise<void> {
  const above: unknown[] = await manager.query(
    `WITH RECURSIVE above (id, parent_id) AS (
       SELECT id, parent_id FROM todos WHERE id = $2 AND owner_id = $1
       UNION SELECT t.id, t.parent_id FROM todos t JOIN above ON t.id = above.parent_id)
     SELECT FROM above WHERE id = $3`,
    [ownerId, parentId, id],
  );
  if (above.length > 0) throw new V1Error('TodoCycleError');
}

/** @throws V1Error TodoParentGroupMismatchError */
async function checkChildren({ manager }: OwnerWrite, { id, tagGroupId }: Todo): Promise<void> {
  const elsewhere: unknown[] = await manager.query(
    `SELECT FROM todos WHERE parent_id = $1 AND tag_group_id <> $2 LIMIT 1`,
    [id, tagGroupId],
  );
  if (elsewhere.length > 0) throw new V1Error('TodoParentGroupMismatchError');
}
