/** The fields of a body: text from a form, anything from JSON. */
export type Fields = ReadonlyMap<string, unknown>;

/** What a body that cannot be read has: then the values it should hold are missing (legacy.md: malformed JSON is the 400 row). */
export const NO_FIELDS: Fields = new Map();

/**
 * `name=value&…`, percent-encoded or raw UTF-8, as the Windows client concatenates it: a trailing `&` and a `%` that
 * begins no escape do not matter, the last of equal names counts. Bytes that are no UTF-8 make it unreadable, for what
 * would be stored in their place is a row of replacement characters.
 */
export function parseForm(body: Buffer): Fields {
  const pairs = body
    .toString('latin1')
    .split('&')
    .filter((pair) => pair !== '');
  try {
    return new Map(pairs.map((pair) => [decode(nameOf(pair)), decode(pair.slice(nameOf(pair).length + 1))]));
  } catch {
    return NO_FIELDS;
  }
}

/** A JSON object; of equal keys the last counts. Malformed JSON and any other value have no fields. */
export function parseJson(body: Buffer): Fields {
  try {
    const value: unknown = JSON.parse(utf8(body));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? new Map(Object.entries(value)) : NO_FIELDS;
  } catch {
    return NO_FIELDS;
  }
}

const nameOf = (pair: string): string => pair.split('=', 1).join();

/** @param bytes one character per byte; @throws TypeError for what is no UTF-8 */
function decode(bytes: string): string {
  const unescaped = bytes
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return utf8(Buffer.from(unescaped, 'latin1'));
}

const utf8 = (bytes: Buffer): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
