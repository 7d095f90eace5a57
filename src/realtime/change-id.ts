/** A mark of the change log as clients keep it: opaque, and with the time, so that one that is too old is known (extensions.md). */
export interface Since {
  readonly mark: string;
  /** Epoch seconds. */
  readonly at: number;
}

/** `xmin:xmax:xip,…` of a snapshot; numbers of 64 bits have no more digits than this. */
const MARK = /^(\d{1,19}):(\d{1,19}):(\d{1,19}(?:,\d{1,19})*)?$/;

export function changeIdOf({ mark, at }: Since): string {
  return Buffer.from(`${Math.floor(at)} ${mark}`).toString('base64url');
}

/** @returns undefined for what is none of ours: the client has to start afresh */
export function parseChangeId(text: unknown): Since | undefined {
  if (typeof text !== 'string' || text.length > 10_000) return undefined;
  const [at = '', mark = ''] = Buffer.from(text, 'base64url').toString().split(' ');
  return /^\d{1,12}$/.test(at) && isSnapshot(mark) ? { mark, at: Number(at) } : undefined;
}

/** What PostgreSQL takes as a snapshot: anything else would be an error of the statement that is asked with it. */
function isSnapshot(mark: string): boolean {
  const [, from = '0', to = '0', open] = MARK.exec(mark) ?? [];
  const [xmin, xmax] = [BigInt(from), BigInt(to)];
  const running = open?.split(',').map(BigInt) ?? [];
  const inOrder = running.every((id, index) => id >= (running[index - 1] ?? xmin) && id < xmax);
  return xmin > 0n && xmin <= xmax && inOrder;
}
