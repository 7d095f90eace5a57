import { LAST_INSTANT } from '../../common/time/date-time.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import type { ListQuery } from '../http/list.requests.js';
import type { CursorKey } from '../http/paging.js';
import { cursorKey, isId, type KeyPart } from '../planning/cursor.js';
import type { TimerPlace } from './timer-finder.js';

const MAX_REVISION = 2_147_483_647;

const isFlag: KeyPart = (part) => typeof part === 'boolean';
const isWholeUpTo =
  (max: number): KeyPart =>
  (part) =>
    Number.isInteger(part) && Number(part) >= 0 && Number(part) <= max;

/** Where a timer stands in a list. */
export const placeKey = (timer: Timer, userId: string): CursorKey => [
  timer.userId !== userId,
  timer.createdAt,
  timer.id,
];

/** The place after which a page begins; undefined on the first. @throws InvalidRequestError */
export function afterOf(query: ListQuery): TimerPlace | undefined {
  const key = cursorKey(query, [isFlag, isWholeUpTo(LAST_INSTANT), isId]);
  if (key === undefined) return undefined;
  const [shared, createdAt, id] = key as [boolean, number, string];
  return { shared, createdAt, id };
}

/** The revision after which a page begins; 0 on the first. @throws InvalidRequestError */
export function revisionAfter(query: ListQuery): number {
  const key = cursorKey(query, [isWholeUpTo(MAX_REVISION)]) as [number] | undefined;
  return key?.[0] ?? 0;
}
