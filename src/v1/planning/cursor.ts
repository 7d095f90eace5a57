import { InvalidRequestError } from '../../common/validation/problem.js';
import { parseUuid } from '../../common/validation/fields.js';
import { isStorable } from '../../common/validation/rules.js';
import type { ListQuery } from '../http/list.requests.js';
import { type CursorKey, keyOf } from '../http/paging.js';

/** What a part of a list's key must be, for a cursor that somebody made up must not reach the database. */
export type KeyPart = (part: CursorKey[number]) => boolean;

export const isText: KeyPart = (part) => typeof part === 'string' && isStorable.holds(part, {});
export const isId: KeyPart = (part) => typeof part === 'string' && parseUuid(part) === part;
export const isAmount: KeyPart = (part) => typeof part === 'number' && Number.isSafeInteger(part);

/**
 * The key a list goes on after; undefined on its first page.
 * @throws InvalidRequestError for what is no cursor of this list
 */
export function cursorKey(query: ListQuery, parts: readonly KeyPart[]): CursorKey | undefined {
  const key = keyOf(query, parts.length);
  if (key === undefined || key.every((part, index) => parts[index]?.(part))) return key;
  const problem = { type: 'value_error', loc: ['query', 'cursor'], msg: 'Value error, unusable cursor' };
  throw new InvalidRequestError([{ ...problem, input: query.cursor, ctx: { error: {} } }]);
}
