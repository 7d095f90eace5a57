import { formatDay } from './days.js';
import { isDateGrouping } from './grouping.js';
import type { StatisticsRequest, StatisticsResult } from './statistics.js';
import type { Group } from './tally.js';

/** What the group of everything that belongs to none is called; its key is null. */
const NONE = 'none';

interface LabelledGroup extends Group {
  readonly label: string;
}

/** The answer of `GET /v1/statistics` (docs/spec/extensions.md#statistics). */
export function presentStatistics({ from, to, groupBy, zone }: StatisticsRequest, result: StatisticsResult) {
  const { totalSeconds, timers, labels } = result;
  const groups = result.groups.map((group) => ({ ...group, label: labelOf(group, labels) }));
  return {
    from: formatDay(from),
    to: formatDay(to),
    timezone: zone.alias ?? zone.name,
    group_by: groupBy,
    total_seconds: totalSeconds,
    timers,
    groups: groups.sort(isDateGrouping(groupBy) ? earliestFirst : mostFirst).map(presentGroup),
  };
}

/** A date and `room` are called what they are. */
const labelOf = ({ key }: Group, labels: ReadonlyMap<string, string>): string =>
  key === null ? NONE : (labels.get(key) ?? key);

const earliestFirst = (one: Group, other: Group): number => compare(one.key, other.key);

const mostFirst = (one: LabelledGroup, other: LabelledGroup): number =>
  other.seconds - one.seconds || compare(one.label, other.label) || compare(one.key, other.key);

/** By code point (docs/spec/v1.md#11-requests-and-replies). */
const compare = (one: string | null, other: string | null): number =>
  Buffer.compare(Buffer.from(one ?? ''), Buffer.from(other ?? ''));

const presentGroup = ({ key, label, seconds, timers }: LabelledGroup) => ({ key, label, seconds, timers });
