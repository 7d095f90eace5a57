import type { LogMark } from '../database/committed-log.js';

/** Maximum length of a mark that this server issues, in characters. */
export const MAX_CHANGE_ID = 256;

/** The same limit before base64url encoding, which turns three characters into four. */
const MAX_MARK = (MAX_CHANGE_ID / 4) * 3;

/** The log's id and a snapshot as `xmin:xmax:xip,…`. The digits are limited to those of 64-bit numbers. */
const MARK = /^([0-9a-f]{16}) ([1-9]\d{0,18}):([1-9]\d{0,18}):([1-9]\d{0,18}(?:,[1-9]\d{0,18})*)?$/;

/** Encodes a mark of the change log for clients: opaque (docs/spec/extensions.md#sockets), and of bounded length. */
export function changeIdOf({ log, snapshot }: LogMark): string {
  return Buffer.from(shortened(`${log} ${snapshot}`)).toString('base64url');
}

/** @returns undefined unless the text is exactly a mark that {@link changeIdOf} issues; the client must then resync */
export function parseChangeId(text: unknown): LogMark | undefined {
  if (typeof text !== 'string' || text.length > MAX_CHANGE_ID) return undefined;
  const mark = Buffer.from(text, 'base64url').toString();
  if (!isMark(mark)) return undefined;
  const [log = '', snapshot = ''] = mark.split(' ');
  const found = { log, snapshot };
  // The decoder ignores characters outside the alphabet and everything after an `=`, so the text is compared.
  return changeIdOf(found) === text ? found : undefined;
}

/**
 * Shortens a mark with many open transactions: lists only the first ones, and sets xmax to the next. Changes from there
 * on may be delivered twice, but none is lost.
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

/** Whether PostgreSQL accepts the text as a snapshot; otherwise the statement that gets it would fail. */
function isMark(mark: string): boolean {
  const [, , from = '0', to = '0', open] = MARK.exec(mark) ?? [];
  const [xmin, xmax] = [BigInt(from), BigInt(to)];
  const running = open?.split(',').map(BigInt) ?? [];
  const inOrder = running.every((id, index) => id >= (running[index - 1] ?? xmin) && id < xmax);
  return xmin > 0n && xmin <= xmax && inOrder;
}
