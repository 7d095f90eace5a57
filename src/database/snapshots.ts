/** A snapshot as PostgreSQL writes it, `xmin:xmax:xip,…`: which transactions had ended when it was taken. */
interface Snapshot {
  /** No transaction from here on had begun. */
  readonly end: bigint;
  /** Those before it that were still open. */
  readonly open: readonly bigint[];
}

function parse(snapshot: string): Snapshot {
  const [, end = '0', open = ''] = snapshot.split(':');
  return { end: BigInt(end), open: open === '' ? [] : open.split(',').map(BigInt) };
}

/** Transactions that were open in the one snapshot and had ended in the later one, by their numbers. */
export function openBetween(earlier: string, later: string): string[] {
  const stillOpen = new Set(parse(later).open);
  return parse(earlier)
    .open.filter((id) => !stillOpen.has(id))
    .map(String);
}

/** Whether a snapshot can have been taken after another one on the same server. */
export const isLaterSnapshot = (later: string, earlier: string): boolean => parse(later).end >= parse(earlier).end;
