import type { Type } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** Limit for all classes together: about 5 MB. */
const MAX_KNOWN = 10_000;
const MAX_LENGTH = 200;

const known = new LRUCache<string, object>({ max: MAX_KNOWN });
const numbers = new WeakMap<Type<object>, number>();
let classes = 0;

/**
 * A call's path or query as an instance of its class. The instance is cached by its text, because clients repeat the
 * same calls on the same timers. Long and invalid texts are never cached.
 * @param check creates and validates the instance; returns undefined when it is invalid
 * @returns a frozen instance
 */
export function knownPart<Shape extends object>(
  type: Type<Shape>,
  value: object,
  check: () => Shape | undefined,
): Shape | undefined {
  const text = JSON.stringify(value);
  if (text.length > MAX_LENGTH) return check();
  const key = `${numberOf(type)} ${text}`;
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered as Shape;
  const checked = check();
  if (checked !== undefined) known.set(key, Object.freeze(checked));
  return checked;
}

/** Class names are not unique, so each class gets a number. */
function numberOf(type: Type<object>): number {
  const number = numbers.get(type) ?? (classes += 1);
  numbers.set(type, number);
  return number;
}
