import { ZonedQuery } from '../../common/time/zoned-query.js';
import { QueryOneOf } from '../../common/validation/query-fields.js';
import { notBeforeFrom, QueryDate } from '../statistics/query-date.js';
import { FORMATS, type FormatName } from './formats.js';

/** `GET /v1/timers/export` (docs/spec/extensions.md#correcting-and-adding-up); a date that is not given bounds nothing. */
export class ExportQuery extends ZonedQuery {
  @QueryOneOf(Object.keys(FORMATS))
  format?: FormatName | null;

  @QueryDate()
  from?: string | null;

  @QueryDate({ also: [notBeforeFrom] })
  to?: string | null;
}
