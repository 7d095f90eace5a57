import { ZonedQuery } from '../../common/time/zoned-query.js';
import { QueryOneOf, QuerySome } from '../../common/validation/query-fields.js';
import { GROUPINGS, type GroupBy } from './grouping.js';
import { atMostDays, notBeforeFrom, QueryDate } from './query-date.js';

const MAX_DAYS = 400;

/** `GET /v1/statistics` (docs/spec/extensions.md#correcting-and-adding-up). */
export class StatisticsQuery extends ZonedQuery {
  @QueryDate({ required: true })
  from!: string;

  @QueryDate({ required: true, also: [notBeforeFrom, atMostDays(MAX_DAYS)] })
  to!: string;

  @QueryOneOf(GROUPINGS)
  group_by?: GroupBy | null;

  @QuerySome(['rooms'])
  include?: string[] | null;
}
