import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import { replyZoneOf } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { callerOf, type IdentifiedRequest } from '../../identity/bearer/authenticated.js';

/** A person who reads, and the zone in which the reply's date-times stand. */
export interface Reader {
  readonly userId: string;
  readonly zone: TimeZone;
}

/** The caller of this request as a {@link Reader}; for handlers of signed-in people whose query has a `timezone`. */
export const ReadContext = createParamDecorator((_: unknown, context: ExecutionContext): Reader => {
  const { userId } = callerOf(context.switchToHttp().getRequest<IdentifiedRequest>());
  return { userId, zone: replyZoneOf(context) };
});
