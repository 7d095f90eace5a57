import type { LogMark } from '../database/committed-log.js';

/** No mark of ours is longer, in characters. */
export const MAX_CHANGE_ID = 256;

/** The same before it is encoded, which makes four characters of three. */
const MAX_MARK = (MAX_CHANGE_ID / 4) * 3;

/** Which log, and `xmin:xmax:xip,…` of a snapshot; numbers of 64 bits have no more digits than this. */
const MARK = /^([0-9a-f]{16}) ([1-9]\d{0,18}):([1-9]\d{0,18}):([1-9]\d{0,18}(?:,[1-9]\d{0,18})*)?$/;

/** A mark of the change log as clients keep it: opaque (docs/spec/extensions.md#sockets), and of bounded length. */
export function changeIdOf({ log, snapshot }: LogMark): string {
  return Buffer.from(shortened(`${log} ${snapshot}`)).toString('base64url');
}

/** @returns undefined for what is none of ours, to the letter: the client has to start afresh */
export function parseChangeId(text: unknown): LogMark | undefined {
  if (typeof text !== 'string' || text.length > MAX_CHANGE_ID) return undefined;
  const mark = Buffer.from(text, 'base64url').toString();
  if (!isMark(mark)) return undefined;
  const [log = '', snapshot = ''] = mark.split(' ');
  const found = { log, snapshot };
  // Decoding passes over what is no letter of the alphabet, and over everything behind an `=`.
  return changeIdOf(found) === text ? found : undefined;
}

/**
 * Of many open transactions only the first are named, and the mark ends at the next one: what is from there on is told
 * once more, and nothing is left out.
 */
function shortened(mark: string): string {
  if (mark.length <= MAX_MARK) return mark;
  const [, log = '', xmin = '', , open = ''] = MARK.exec(mark) ?? [];
  const named: string[] = [];
  let end = '';
  for (const id of open.split(',')) {
    end = id;
    if (`${log} ${xmin}:${id}:${[...named, id].join(',')}`.length > MAX_MARK) break;
    named.push(id);
  }
  return `${log} ${xmin}:${end}:${named.join(',')}`;
}

/** What PostgreSQL takes as a snapshot: anything else would be an error of the statement that is asked with it. */
function isMark(mark: string): boolean {
  const [, , from = '0', to = '0', open] = MARK.exec(mark) ?? [];
  const [xmin, xmax] = [BigInt(from), BigInt(to)];
  const running = open?.split(',').map(BigInt) ?? [];
  const inOrder = running.every((id, index) => id >= (running[index - 1] ?? xmin) && id < xmax);
  return xmin > 0n && xmin <= xmax && inOrder;
}
