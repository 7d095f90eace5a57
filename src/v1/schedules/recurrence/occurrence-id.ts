import { v5 } from 'uuid';

import { type Instant } from '../../../timer-domain/rules/timer.js';

/**
 * The id of an occurrence: the same on every read and on every server (docs/spec/v1.md#64-get-v1schedules).
 * @param masterId the recurring schedule's UUID, the namespace
 * @param originalStart where the rule puts the occurrence, before any exception moved it
 */
export function occurrenceId(masterId: string, originalStart: Instant): string {
  const name = new Date(originalStart * 1000).toISOString().replace('.000Z', 'Z');
  return v5(name, masterId);
}
