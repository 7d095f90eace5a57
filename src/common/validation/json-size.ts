/**
 * Maximum number of keys in one object, or items in one list, of a JSON text. The longest list of any call has 500
 * items (segments of work); other lists and objects have 200. A slightly longer list is rejected by the rules of its
 * own field.
 */
export const MAX_IN_ONE = 600;
/**
 * Maximum number of keys, items and nested values in a whole text: 500 segments with two keys each, plus room for the
 * rest.
 */
export const MAX_IN_ALL = 3_000;

/** The number of keys and items of a JSON text. */
export interface MemberCount {
  /** In the largest object or list. */
  readonly inOne: number;
  /** In total; a nested object or list counts as one more. */
  readonly inAll: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const NOTHING: MemberCount = { inOne: 0, inAll: 0 };

/**
 * Counts the keys and items of a JSON text without parsing it, in one pass that stops at the limit. Parsing, copying
 * and validating an item costs far more than scanning a byte. The count of an invalid text is arbitrary.
 */
export function countMembers(text: string): MemberCount {
  // Every key or item takes at least two characters, so most texts need no counting.
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
        // No comma precedes the first member.
        here = 1;
      }
      inOne = Math.max(inOne, here);
      if (inOne > MAX_IN_ONE || inAll > MAX_IN_ALL) break;
    } else if (CLOSING.has(code)) here = outer.pop() ?? 0;
  }
  return { inOne, inAll };
}

/**
 * @param start the position of the opening quote
 * @returns the position of the closing quote, or the end of the text
 */
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
