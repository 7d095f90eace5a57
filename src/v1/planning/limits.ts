import { V1Error } from '../http/v1-error.js';
import type { OwnerWrite } from './owner-writes.js';

/** How many of each a person may have (docs/spec/v1.md#11-requests-and-replies). */
export const MAX_OWN = 10_000;

/** @throws V1Error LimitReachedError when the person has as many as anybody may have */
export async function requireRoom(
  { manager, ownerId }: OwnerWrite,
  table: 'schedules' | 'tags' | 'todos',
): Promise<void> {
  const rows: { n: number }[] = await manager.query(`SELECT count(*)::int AS n FROM ${table} WHERE owner_id = $1`, [
    ownerId,
  ]);
  if ((rows[0]?.n ?? 0) >= MAX_OWN) throw new V1Error('LimitReachedError', table);
}
