import { Failure } from '../errors.js';
import { QueryText } from '../validation/query-fields.js';

/** The zone that was named is none (docs/spec/v1.md#15-timezone). */
export class InvalidTimeZoneError extends Failure {
  readonly code = 'INVALID_TIMEZONE';

  constructor(zone: string) {
    super(`Invalid timezone: ${zone}`);
  }
}

/** The query of a call whose reply has date-times: `timezone` says where they stand (docs/spec/v1.md#15-timezone). */
export class ZonedQuery {
  @QueryText({ max: 255 })
  timezone?: string | null;
}
