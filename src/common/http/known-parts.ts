import type { Type } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const KNOWN_PER_CLASS = 10_000;
const MAX_LENGTH = 200;

type Known = LRUCache<string, object>;
const knownOf = new WeakMap<Type<object>, Known>();

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
  const known = knownFor(type);
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered as Shape;
  const checked = check();
  if (checked !== undefined) known.set(text, Object.freeze(checked));
  return checked;
}

function knownFor(type: Type<object>): Known {
  const known = knownOf.get(type) ?? new LRUCache<string, object>({ max: KNOWN_PER_CLASS });
  knownOf.set(type, known);
  return known;
}
