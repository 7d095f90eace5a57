import { formatInstant, UTC } from '../../common/time/time-zone.js';
import type { SessionRecord } from '../../identity/sessions/sessions.js';

const instantOf = (date: Date): string => formatInstant(Math.floor(date.getTime() / 1_000), UTC);

/** @param currentId of the session that asks */
export function presentSession({ id, createdAt, lastUsedAt, userAgent }: SessionRecord, currentId: string | null) {
  return {
    id,
    created_at: instantOf(createdAt),
    last_used_at: instantOf(lastUsedAt),
    user_agent: userAgent,
    current: id === currentId,
  };
}
