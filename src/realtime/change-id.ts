/** A mark of the change log as clients keep it: opaque, and with the time, so that one that is too old is known (extensions.md). */
export interface Since {
  readonly mark: string;
  /** Epoch seconds. */
  readonly at: number;
}

const MARK = /^\d+:\d+:[\d,]*$/;

export function changeIdOf({ mark, at }: Since): string {
  return Buffer.from(`${Math.floor(at)} ${mark}`).toString('base64url');
}

/** @returns undefined for what is none of ours: the client has to start afresh */
export function parseChangeId(text: unknown): Since | undefined {
  if (typeof text !== 'string' || text.length > 10_000) return undefined;
  const [at = '', mark = ''] = Buffer.from(text, 'base64url').toString().split(' ');
  return /^\d{1,12}$/.test(at) && MARK.test(mark) ? { mark, at: Number(at) } : undefined;
}
