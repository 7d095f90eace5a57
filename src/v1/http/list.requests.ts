import { ZonedQuery } from '../../common/time/zoned-query.js';
import { QueryText, QueryWhole } from '../../common/validation/query-fields.js';

const MAX_LIMIT = 1_000;

/** The query of every list (docs/spec/v1.md#12-lists). */
export class ListQuery extends ZonedQuery {
  @QueryWhole({ min: 1, max: MAX_LIMIT })
  limit?: number | null;

  /** Opaque: where the page before ended. */
  @QueryText({ max: 2_000 })
  cursor?: string | null;
}
