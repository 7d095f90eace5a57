/** A PostgreSQL snapshot, `xmin:xmax:xip,…`: the transactions that had ended when it was taken. */
interface Snapshot {
  /** The first transaction id that had not been assigned (`xmax`). */
  readonly end: bigint;
  /** Earlier transactions that were still open (`xip`). */
  readonly open: readonly bigint[];
}

function parse(snapshot: string): Snapshot {
  const [, end = '0', open = ''] = snapshot.split(':');
  return { end: BigInt(end), open: open === '' ? [] : open.split(',').map(BigInt) };
}

/** The ids of transactions that were open in the earlier snapshot and had ended in the later one. */
export function openBetween(earlier: string, later: string): string[] {
  const stillOpen = new Set(parse(later).open);
  return parse(earlier)
    .open.filter((id) => !stillOpen.has(id))
    .map(String);
}

/** Whether a snapshot can be later than another one of the same server. */
export const isLaterSnapshot = (later: string, earlier: string): boolean => parse(later).end >= parse(earlier).end;
