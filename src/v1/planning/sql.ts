import type { EntityManager } from 'typeorm';

/** A column's instant as whole seconds since the epoch. */
export const secondsOf = (column: string): string => `extract(epoch from ${column})::float8`;

/** What a statement that changes rows returned of them: TypeORM hands it over with their number. */
export async function changedRows<Row>(
  manager: EntityManager,
  sql: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const [rows] = await manager.query<[Row[], number]>(sql, [...values]);
  return rows;
}

/** The parameters of a statement that is put together piece by piece. */
export class Parameters {
  readonly values: unknown[] = [];

  /** @returns the placeholder of a value: `$1`, `$2`, … */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
