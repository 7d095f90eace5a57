import { InvalidRequestError } from '../../common/validation/problem.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { type CursorKey, keyOf, type ListQuery } from '../http/paging.js';
import type { TimerPlace } from './timer-finder.js';

/** Where a timer stands in a list. */
export const placeKey = (timer: Timer, userId: string): CursorKey => [
  timer.userId !== userId,
  timer.createdAt,
  timer.id,
];

/** The place after which a page begins; undefined on the first. @throws InvalidRequestError */
export function afterOf(query: ListQuery): TimerPlace | undefined {
  const key = keyOf(query, 3);
  if (key === undefined) return undefined;
  const [shared, createdAt, id] = key;
  if (
    typeof shared !== 'boolean' ||
    typeof createdAt !== 'number' ||
    typeof id !== 'string' ||
    !/^[0-9a-f-]{36}$/.test(id)
  ) {
    const msg = 'Value error, unusable cursor';
    throw new InvalidRequestError([{ type: 'value_error', loc: ['query', 'cursor'], msg, ctx: { error: {} } }]);
  }
  return { shared, createdAt, id };
}
