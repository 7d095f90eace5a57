/** Characters of a client's own text that an error repeats (docs/spec/sockets.md#the-personal-socket). */
const QUOTED_CHARACTERS = 100;

/**
 * A client's value as an error repeats it: text as it is, anything else as its JSON text, cut at 100 characters (code
 * points, docs/spec/v1.md#11-requests-and-replies).
 */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(shallow(value, QUOTED_CHARACTERS));
  // No character takes more than two code units, so what lies behind is never part of the first hundred.
  return Array.from(text.slice(0, 2 * QUOTED_CHARACTERS))
    .slice(0, QUOTED_CHARACTERS)
    .join('');
}

/**
 * The value without what is nested deeper than `depth`: each level takes a character, so nothing of it would be shown,
 * but `JSON.stringify` recurses and a frame has room for more levels than the stack.
 */
function shallow(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((item) => shallow(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shallow(item, depth - 1)]));
}
