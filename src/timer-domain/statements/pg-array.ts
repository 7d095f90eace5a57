export type ArrayElement = string | number | boolean | null;

/**
 * Converts values to a PostgreSQL array literal for an `unnest` parameter. The driver's generic conversion of each
 * value costs more than the rest of a batch.
 */
export function pgArray(values: readonly ArrayElement[]): string {
  return `{${values.map(element).join(',')}}`;
}

function element(value: ArrayElement): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, '\\$&')}"`;
  return String(value);
}
