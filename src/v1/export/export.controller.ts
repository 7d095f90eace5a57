import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, Query } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { ReadContext, type Reader } from '../http/read-context.js';
import { dayOfDate, startOfDay } from '../statistics/days.js';
import type { Period } from '../statistics/own-timers.js';
import { ExportQuery } from './export.requests.js';
import { FORMATS } from './formats.js';
import { closingOf, sendPieces } from './send-pieces.js';
import { TimerExport } from './timer-export.js';

/** All of one's timers as a file (docs/spec/extensions.md#correcting-and-adding-up). */
@Controller('v1/timers/export')
@SignedIn()
export class ExportController {
  constructor(private readonly timers: TimerExport) {}

  @Get()
  @Accepts({ query: ExportQuery })
  export(@ReadContext() reader: Reader, @Query() query: ExportQuery, @Res() response: Response): Promise<void> {
    return this.send(reader, query, response);
  }

  private send(reader: Reader, query: ExportQuery, response: Response): Promise<void> {
    const format = query.format ?? 'csv';
    const { contentType, write } = FORMATS[format];
    const pages = this.timers.pages(reader, periodOf(query, reader.zone), closingOf(response));
    const headers = {
      'Content-Type': contentType,
      'Content-Disposition': `attachment; filename="timers.${format}"`,
    };
    return sendPieces(response, headers, write(pages));
  }
}

const periodOf = ({ from, to }: ExportQuery, zone: TimeZone): Period => ({
  start: from ? startOfDay(dayOfDate(from), zone) : -Infinity,
  end: to ? startOfDay(dayOfDate(to) + 1, zone) : Infinity,
});
