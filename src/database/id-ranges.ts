/**
 * Converts ids to PostgreSQL's `int8multirange`. The ids of one process lie close together, so thousands of them form
 * few ranges.
 * @param ids of a sequence, in any order; below 2^53
 */
export function idRanges(ids: readonly string[]): string {
  const sorted = ids.map(Number).sort((a, b) => a - b);
  const ranges: string[] = [];
  let first = sorted[0] ?? 0;
  sorted.forEach((id, index) => {
    const next = sorted[index + 1];
    if (next !== undefined && next <= id + 1) return;
    ranges.push(`[${first},${id}]`);
    first = next ?? 0;
  });
  return `{${ranges.join(',')}}`;
}
