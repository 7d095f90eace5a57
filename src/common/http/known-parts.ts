import type { Type } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** Of all classes together: some 5 MB. */
const MAX_KNOWN = 10_000;
const MAX_LENGTH = 200;

const known = new LRUCache<string, object>({ max: MAX_KNOWN });
const numbers = new WeakMap<Type<object>, number>();
let classes = 0;

/**
 * A call's path or query as an instance of its class, made and checked once for the same text: it is the same few calls
 * on the same few timers over and over. What is long or does not fit is never remembered.
 * @param check makes and checks it; undefined when it does not fit
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

/** Classes may have the same name. */
function numberOf(type: Type<object>): number {
  const number = numbers.get(type) ?? (classes += 1);
  numbers.set(type, number);
  return number;
}
