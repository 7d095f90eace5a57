import type { LogMark } from '../database/committed-log.js';

/** Which log, and `xmin:xmax:xip,…` of a snapshot; numbers of 64 bits have no more digits than this. */
const MARK = /^([0-9a-f]{16}) (\d{1,19}):(\d{1,19}):(\d{1,19}(?:,\d{1,19})*)?$/;

/** A mark of the change log as clients keep it: opaque (extensions.md, `change_id`). */
export function changeIdOf({ log, snapshot }: LogMark): string {
  return Buffer.from(`${log} ${snapshot}`).toString('base64url');
}

/** @returns undefined for what is none of ours: the client has to start afresh */
export function parseChangeId(text: unknown): LogMark | undefined {
  if (typeof text !== 'string' || text.length > 10_000) return undefined;
  const mark = Buffer.from(text, 'base64url').toString();
  if (!isMark(mark)) return undefined;
  const [log = '', snapshot = ''] = mark.split(' ');
  return { log, snapshot };
}

/** What PostgreSQL takes as a snapshot: anything else would be an error of the statement that is asked with it. */
function isMark(mark: string): boolean {
  const [, , from = '0', to = '0', open] = MARK.exec(mark) ?? [];
  const [xmin, xmax] = [BigInt(from), BigInt(to)];
  const running = open?.split(',').map(BigInt) ?? [];
  const inOrder = running.every((id, index) => id >= (running[index - 1] ?? xmin) && id < xmax);
  return xmin > 0n && xmin <= xmax && inOrder;
}
