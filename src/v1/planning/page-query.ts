import { QueryText, QueryWhole } from '../../common/validation/query-fields.js';

/**
 * The query of a list whose reply is in UTC, whatever a `timezone` says (docs/spec/v1.md#12-lists,
 * docs/spec/v1.md#15-timezone).
 */
export class PageQuery {
  @QueryWhole({ min: 1, max: 1_000 })
  limit?: number | null;

  @QueryText({ max: 2_000 })
  cursor?: string | null;
}
