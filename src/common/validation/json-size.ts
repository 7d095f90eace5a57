/**
 * Keys of one object, or items of one list, that a JSON text may have. The longest list of any call has 500 (segments of
 * work), the other lists and objects 200; what is a little longer than that is still told so by its own field.
 */
export const MAX_IN_ONE = 600;
/** Keys, items and levels of a whole text: 500 segments with two keys each, and as much again for the rest. */
export const MAX_IN_ALL = 3_000;

/** How many keys and items a JSON text has. */
export interface MemberCount {
  /** Of the object or list with the most. */
  readonly inOne: number;
  /** Of all together; an object or list that is nested counts as one more. */
  readonly inAll: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const NOTHING: MemberCount = { inOne: 0, inAll: 0 };

/**
 * Counts the keys and items of a JSON text without parsing it, in one pass that ends as soon as there are too many:
 * parsing, copying and checking cost far more for each of them than for a byte. What is no JSON is counted somehow.
 */
export function countMembers(text: string): MemberCount {
  // Each takes two characters at least, so that most texts need no counting.
  if (text.length <= 2 * MAX_IN_ONE) return NOTHING;
  const outer: number[] = [];
  let here = 0;
  let inOne = 0;
  let inAll = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA || OPENING.has(code)) {
      inAll += 1;
      if (code === COMMA) here += 1;
      else {
        outer.push(here);
        // The first member has no comma.
        here = 1;
      }
      inOne = Math.max(inOne, here);
      if (inOne > MAX_IN_ONE || inAll > MAX_IN_ALL) break;
    } else if (CLOSING.has(code)) here = outer.pop() ?? 0;
  }
  return { inOne, inAll };
}

/** @param start of the opening quote. @returns the place of the closing one, or the end of the text */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
