export type ArrayElement = string | number | boolean | null;

/**
 * A PostgreSQL array literal of these values (numbers, booleans, text, null), for an `unnest` parameter. The driver's own
 * conversion walks every value generically and costs more than the rest of a batch.
 */
export function pgArray(values: readonly ArrayElement[]): string {
  return `{${values.map(element).join(',')}}`;
}

function element(value: ArrayElement): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, '\\$&')}"`;
  return String(value);
}
