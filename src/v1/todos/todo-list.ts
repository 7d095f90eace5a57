import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Visibility } from '../../access/visibility.js';
import { type CursorKey, limitOf } from '../http/paging.js';
import { cursorKey, isAmount, isId } from '../planning/cursor.js';
import { Parameters } from '../planning/sql.js';
import { type Todo, TODO_STATUSES, todoColumns } from './todo.js';
import type { ListedTodo, TodoStatistics } from './todo.presenter.js';
import type { TodoListQuery } from './todo.requests.js';

const KEY_PARTS = [isAmount, isAmount, isAmount, isAmount, isId];
/** Where todos without a deadline stand: behind every instant there is. */
const NEVER = 999_999_999_999;

/**
 * What the list is ordered by, as SQL and, below, of a row; the id goes downwards as created_at does
 * (docs/architecture.md#state).
 */
const orderSql = (reader: string): string =>
  `(t.owner_id <> ${reader})::int, array_position(ARRAY[${TODO_STATUSES.map((status) => `'${status}'`).join(', ')}], t.status),
   coalesce(extract(epoch from t.deadline)::bigint, ${NEVER}), -extract(epoch from t.created_at)::bigint`;

/** Unique within the list. */
export const todoKey = (readerId: string, todo: Todo): CursorKey => [
  todo.ownerId === readerId ? 0 : 1,
  TODO_STATUSES.indexOf(todo.status) + 1,
  todo.deadline ?? NEVER,
  -todo.createdAt,
  todo.id,
];

/** Which todos are in a list, and in which order (docs/spec/v1.md#74-other-routes). */
@Injectable()
export class TodoList {
  constructor(
    private readonly database: Database,
    private readonly visibility: Visibility,
  ) {}

  /** The page's todos in order, and one more when there are more. @throws InvalidRequestError for a cursor of no list */
  list(readerId: string, query: TodoListQuery): Promise<ListedTodo[]> {
    const parameters = new Parameters();
    const reader = parameters.add(readerId);
    const branches = this.branches(reader, query, parameters);
    const after = afterSql(reader, cursorKey(query, KEY_PARTS), parameters);
    return this.database.query(
      `WITH RECURSIVE ${branches.join(',\n')},
       listed AS (SELECT id, bool_or(is_match) AS is_match, bool_or(is_new) AS is_new FROM tree GROUP BY id)
       SELECT ${todoColumns('t')}, CASE WHEN listed.is_match THEN 'MATCH' ELSE 'ANCESTOR' END AS "includeReason"
       FROM listed JOIN todos t ON t.id = listed.id
       WHERE t.id = ANY (ARRAY(SELECT id FROM listed)) AND (listed.is_new OR ${newSql(query, parameters)}) ${after}
       ORDER BY ${orderSql(reader)}, t.id DESC LIMIT ${parameters.add(limitOf(query) + 1)}`,
      parameters.values,
    );
  }

  /** All own todos, or those of a group with its tags alone; of an unknown group there are none. */
  async statistics(ownerId: string, groupId: string | null): Promise<TodoStatistics> {
    const counted = `owner_id = $1 AND ($2::uuid IS NULL OR tag_group_id = $2)`;
    const [{ total } = { total: 0 }]: { total: number }[] = await this.database.query(
      `SELECT count(*)::int AS total FROM todos WHERE ${counted}`,
      [ownerId, groupId],
    );
    const byTag: TodoStatistics['byTag'] = await this.database.query(
      `SELECT g.id AS "tagId", g.name AS "tagName", count(*)::int AS count
       FROM (SELECT unnest(tag_ids) AS tag_id FROM todos WHERE ${counted}) t JOIN tags g ON g.id = t.tag_id AND g.owner_id = $1
       WHERE $2::uuid IS NULL OR g.group_id = $2
       GROUP BY g.id, g.name ORDER BY count(*) DESC, g.name COLLATE "C", g.id`,
      [ownerId, groupId],
    );
    return { groupId, total, byTag };
  }

  /**
   * `tree`: what passes the filters and, of one's own with `tag_ids`, everything above it. `is_new` says that it, or a
   * match below it, changed since `updated_since`.
   */
  private branches(reader: string, query: TodoListQuery, parameters: Parameters): string[] {
    const matches = `matches AS (SELECT t.id, CASE WHEN t.owner_id = ${reader} THEN t.parent_id END AS parent_id,
        ${newSql(query, parameters)} AS is_new
      FROM todos t WHERE ${this.inScope(reader, query)} ${filterSql(query, parameters)})`;
    const above = query.tag_ids
      ? `UNION SELECT t.id, t.parent_id, false, tree.is_new FROM todos t JOIN tree ON t.id = tree.parent_id`
      : '';
    return [
      matches,
      `tree (id, parent_id, is_match, is_new) AS (SELECT id, parent_id, true, is_new FROM matches ${above})`,
    ];
  }

  private inScope(reader: string, { scope }: TodoListQuery): string {
    const own = `t.owner_id = ${reader}`;
    const shared = `(t.owner_id <> ${reader} AND ${this.visibility.sharedCondition(reader, 'todo', 't')})`;
    if (scope === 'shared') return shared;
    return scope === 'all' ? `(${own} OR ${shared})` : own;
  }
}

function filterSql({ tag_ids: tagIds, group_ids: groupIds }: TodoListQuery, parameters: Parameters): string {
  const tags = tagIds ? `AND t.tag_ids @> ${parameters.add(tagIds)}::uuid[]` : '';
  const groups = groupIds ? `AND t.tag_group_id = ANY (${parameters.add(groupIds)}::uuid[])` : '';
  return `${tags} ${groups}`;
}

/** Changed itself, or by a tag's change (docs/spec/v1.md#12-lists). */
function newSql({ updated_since: since }: TodoListQuery, parameters: Parameters): string {
  if (since === undefined || since === null) return 'true';
  const at = `to_timestamp(${parameters.add(since)})`;
  return `(t.updated_at >= ${at} OR EXISTS (SELECT FROM tags c WHERE c.id = ANY (t.tag_ids) AND c.updated_at >= ${at}))`;
}

function afterSql(reader: string, after: CursorKey | undefined, parameters: Parameters): string {
  if (after === undefined) return '';
  const places = after.map((part) => parameters.add(part));
  const id = `${places.pop() ?? ''}::uuid`;
  const [order, place] = [orderSql(reader), places.map((part) => `${part}::bigint`).join(', ')];
  return `AND ((${order}) > (${place}) OR ((${order}) = (${place}) AND t.id < ${id}))`;
}
