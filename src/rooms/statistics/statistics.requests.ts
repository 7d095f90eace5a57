import { parseTimeZone } from '../../common/time/time-zone.js';
import { QueryOneOf } from '../../common/validation/query-fields.js';
import { field, valueRule } from '../../common/validation/rules.js';
import { type Period, PERIODS } from './period-start.js';

const isZone = valueRule(
  'unknown timezone',
  (value) => typeof value === 'string' && parseTimeZone(value) !== undefined,
  { type: 'string' },
);

/** `GET /api/v1/rooms/{room_id}/statistics` */
export class RoomStatisticsQuery {
  @QueryOneOf(PERIODS)
  period?: Period | null;

  @field({}, isZone)
  timezone?: string | null;
}
