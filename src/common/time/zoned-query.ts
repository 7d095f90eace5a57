import { Failure } from '../errors.js';
import { QueryText } from '../validation/query-fields.js';

/** The named time zone does not exist (docs/spec/v1.md#15-timezone). */
export class InvalidTimeZoneError extends Failure {
  readonly code = 'INVALID_TIMEZONE';

  constructor(zone: string) {
    super(`Invalid timezone: ${zone}`);
  }
}

/** The query of a call whose reply contains date-times: `timezone` is their zone (docs/spec/v1.md#15-timezone). */
export class ZonedQuery {
  @QueryText({ max: 255 })
  timezone?: string | null;
}
