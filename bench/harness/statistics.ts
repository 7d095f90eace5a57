/** The middle value, or the mean of the two middle ones. NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}

/** NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The values at these shares (0.5 is the median) of all raw samples together, because quantiles of parts cannot be
 * averaged.
 */
export function quantiles(samples: readonly Float32Array[], shares: readonly number[]): number[] {
  const merged = new Float32Array(samples.reduce((length, part) => length + part.length, 0));
  let filled = 0;
  for (const part of samples) {
    merged.set(part, filled);
    filled += part.length;
  }
  merged.sort();
  return shares.map((share) => merged[Math.max(0, Math.ceil(share * merged.length) - 1)] ?? NaN);
}

/** Three significant digits; a second run would not confirm more. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
