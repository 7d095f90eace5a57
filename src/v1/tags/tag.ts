import type { Seconds } from '../../common/time/date-time.js';
import { secondsOf } from '../planning/sql.js';

/**
 * A word that timers, schedules and todos are sorted by; it belongs to one group for good
 * (docs/spec/v1.md#8-tags-and-tag-groups).
 */
export interface Tag {
  readonly id: string;
  readonly name: string;
  /** `#` and 3 or 6 hex digits, upper-case. */
  readonly color: string;
  readonly description: string | null;
  readonly groupId: string;
  readonly createdAt: Seconds;
  readonly updatedAt: Seconds;
}

/** Tags that belong together, and todos that belong to them (docs/spec/v1.md#8-tags-and-tag-groups). */
export interface TagGroup {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
  /** Meant: how much of the time each tag should get, by its id. */
  readonly goalRatios: Readonly<Record<string, number>> | null;
  readonly createdAt: Seconds;
  readonly updatedAt: Seconds;
}

const TIMES = `${secondsOf('created_at')} AS "createdAt", ${secondsOf('updated_at')} AS "updatedAt"`;

export const TAG_COLUMNS = `id, name, color, description, group_id AS "groupId", ${TIMES}`;

export const TAG_GROUP_COLUMNS = `id, name, color, description, goal_ratios AS "goalRatios", ${TIMES}`;

/** By name means by code point (docs/spec/v1.md#11-requests-and-replies), which is how the bytes of UTF-8 sort. */
export const byName = (one: Tag, other: Tag): number =>
  Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)) || (one.id < other.id ? -1 : 1);
