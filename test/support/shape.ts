/** What kinds of values something is made of: what has the same shape is valid against a schema alike, mostly. */

/** Deeper than anything we say; what clients send to break us may be. */
const DEEP = 50;

/** As text, to compare. Words are kept, since a schema may list them. */
export function shapeOf(value: unknown, depth = 0): string {
  if (depth > DEEP) return 'deep';
  if (Array.isArray(value)) return `[${[...new Set(value.map((item) => shapeOf(item, depth + 1)))].sort().join()}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, one]) => `${/\d/.test(key) ? '*' : key}:${shapeOf(one, depth + 1)}`,
    );
    return `{${[...new Set(entries)].sort().join()}}`;
  }
  return typeof value === 'string' ? shapeOfText(value) : shapeOfOther(value);
}

const WORD = /^[A-Za-z][A-Za-z_.-]{0,40}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:]+(?<zone>Z|[+-][\d:]+)?$/;

function shapeOfText(text: string): string {
  if (WORD.test(text)) return text;
  const instant = INSTANT.exec(text);
  if (instant !== null) return `instant${(instant.groups?.['zone'] ?? '').slice(0, 1)}`;
  if (/^[0-9a-f-]{36}$/.test(text)) return 'uuid';
  return text === '' ? 'empty' : 'text';
}

function shapeOfOther(value: unknown): string {
  if (typeof value !== 'number') return String(value);
  return `${value < 0 ? '-' : ''}${Number.isInteger(value) ? 'int' : 'float'}${value === 0 ? '0' : ''}`;
}

/** The same with one item of each shape in its lists, which is all that a schema can be held against. */
export function trimmed(value: unknown, depth = 0): unknown {
  if (depth > DEEP) return null;
  if (Array.isArray(value)) {
    const byShape = new Map(value.map((item) => [shapeOf(item), item] as const));
    return [...byShape.values()].map((item) => trimmed(item, depth + 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, trimmed(one, depth + 1)]));
}
