import { parseJson as parseBounded } from '../../common/validation/parse-json.js';

/** The fields of a body: text from a form, anything from JSON. */
export type Fields = ReadonlyMap<string, unknown>;

/**
 * The fields of an unreadable body. The required values are then missing, so the call fails with 400
 * (docs/spec/legacy.md#other-errors).
 */
export const NO_FIELDS: Fields = new Map();

/** Maximum number of pairs in a form; no call reads more than two. */
export const MAX_PAIRS = 100;

/**
 * Parses `name=value&…`, percent-encoded or raw UTF-8, as the Windows client concatenates it. A trailing `&` and a `%`
 * that begins no escape are accepted; the last of several equal names wins.
 * @returns no fields for more than {@link MAX_PAIRS} pairs or invalid UTF-8, which would otherwise be stored as
 *   replacement characters
 */
export function parseForm(body: Buffer): Fields {
  // One pair over the limit, and the empty text after a trailing `&`.
  const pairs = body.toString('latin1').split('&', MAX_PAIRS + 2);
  const isTrailing = pairs.length === MAX_PAIRS + 1 && pairs.at(-1) === '';
  if (pairs.length > MAX_PAIRS && !isTrailing) return NO_FIELDS;
  try {
    const named = pairs.filter((pair) => pair !== '');
    return new Map(named.map((pair) => [decode(nameOf(pair)), decode(pair.slice(nameOf(pair).length + 1))]));
  } catch {
    return NO_FIELDS;
  }
}

/**
 * Parses a JSON object; the last of several equal keys wins.
 * @returns no fields for malformed JSON, JSON beyond the parser's bounds and values that are not objects
 */
export function parseJson(body: Buffer): Fields {
  try {
    const value: unknown = parseBounded(utf8(body));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? new Map(Object.entries(value)) : NO_FIELDS;
  } catch {
    return NO_FIELDS;
  }
}

const nameOf = (pair: string): string => pair.split('=', 1).join();

const PLUS = 0x2b;
const SPACE = 0x20;
const PERCENT = 0x25;

/** @param text one character per byte. @throws TypeError for invalid UTF-8 */
function decode(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const escaped = bytes[at] === PERCENT ? escapedByte(bytes, at) : undefined;
    if (escaped !== undefined) at += 2;
    bytes[length] = escaped ?? (bytes[at] === PLUS ? SPACE : (bytes[at] ?? 0));
    length += 1;
  }
  return utf8(bytes.subarray(0, length));
}

/** The byte that an escape such as `%41` at this index stands for; undefined for a `%` that begins no escape. */
function escapedByte(bytes: Buffer, at: number): number | undefined {
  const [high, low] = [digitOf(bytes[at + 1]), digitOf(bytes[at + 2])];
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

/** The value of a hexadecimal digit in ASCII. */
function digitOf(code = 0): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const utf8 = (bytes: Buffer): string => decoder.decode(bytes);
