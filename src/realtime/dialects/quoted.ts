/** Characters of a client's own text that an error repeats (docs/spec/sockets.md#the-personal-socket). */
const QUOTED_CHARACTERS = 100;

/**
 * Formats a client's value for an error message: strings as they are, other values as JSON, cut at 100 characters (code
 * points, docs/spec/v1.md#11-requests-and-replies).
 */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(shallow(value, QUOTED_CHARACTERS));
  // A character has at most two code units, so the first hundred are within the first two hundred units.
  return Array.from(text.slice(0, 2 * QUOTED_CHARACTERS))
    .slice(0, QUOTED_CHARACTERS)
    .join('');
}

/**
 * Replaces values nested deeper than `depth` with null. Each level takes a character, so they would be cut anyway, but
 * `JSON.stringify` recurses, and a frame may have more levels than the stack allows.
 */
function shallow(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((item) => shallow(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shallow(item, depth - 1)]));
}
