import { createHash } from 'node:crypto';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { RouteNotFoundError } from '../../common/errors.js';
import { FailedAuthentications } from '../../rate-limits/failed-authentications.js';
import { networkOf } from '../../rate-limits/network.js';
import { callerKey, countRequest } from '../../rate-limits/count-request.js';
import { RateLimits, type RateRule } from '../../rate-limits/rate-limits.js';
import { RATE_RULES } from '../../rate-limits/rate-rules.js';
import { CalendarFeed } from './calendar-feed.js';
import { type CalendarAccess, CalendarSecrets } from './calendar-secrets.js';

/** Of one secret (docs/spec/extensions.md#calendar). */
const READS_OF_SECRET: RateRule = { name: 'calendar-reads', points: 60, windowSeconds: 3_600 };

/** What calendar programs subscribe to; whoever knows the secret may read. */
@Controller('v1/calendar')
export class FeedController {
  constructor(
    private readonly secrets: CalendarSecrets,
    private readonly feed: CalendarFeed,
    private readonly limits: RateLimits,
    private readonly failed: FailedAuthentications,
  ) {}

  @Get(':secret.ics')
  async read(@Param('secret') secret: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    send(response, await this.feed.of((await this.admit(secret, request, response)).userId));
  }

  /**
   * Guesses count by their address, reads by their secret alone: many people's calendars are fetched from the few
   * addresses of one provider.
   * @throws RouteNotFoundError, TooManyRequestsError
   */
  private async admit(secret: string, request: Request, response: Response): Promise<CalendarAccess> {
    const address = networkOf(request.ip);
    await this.failed.admit(address);
    const access = await this.secrets.accessOf(secret);
    if (access === undefined) {
      await this.failed.note(address);
      await countRequest(this.limits, response, RATE_RULES.reads, callerKey(request));
      throw new RouteNotFoundError();
    }
    await countRequest(this.limits, response, READS_OF_SECRET, access.secretHash);
    return access;
  }
}

/** The calendar, or 304 when the client has it. */
function send(response: Response, calendar: Buffer): void {
  response.set({
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Disposition': 'inline; filename="metronome.ics"',
    // No cache in between keeps it; programs ask again each time and mostly get 304.
    'Cache-Control': 'private, no-cache',
    ETag: `"${createHash('sha256').update(calendar).digest('base64url')}"`,
  });
  response.send(calendar);
}
