import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import type { Request } from 'express';

import { Kept, KeyedCommand } from '../idempotency/idempotency.interceptor.js';
import type { Keep } from '../idempotency/keep.js';
import { LegacyUserId } from '../identity/legacy-tokens/legacy-token.guard.js';
import { Timers } from '../timer-domain/timers.js';
import type { Fields } from './body/form-fields.js';
import { ReadsLegacyBody } from './body/legacy-body.interceptor.js';
import { LegacyHeadersGuard } from './legacy-headers.guard.js';
import { type LegacyBody, LegacyPresenter } from './legacy.presenter.js';
import { titleOf } from './legacy-values.js';
import { LegacyCall } from './rate-limit.guard.js';

/** Start and stop for the study-timer apps (seeds/legacy-timer.md, docs/spec/legacy.md#legacy-api). */
@Controller('v1/user/timer')
@LegacyCall()
@UseGuards(LegacyHeadersGuard)
export class LegacyTimerController {
  constructor(
    private readonly timers: Timers,
    private readonly presenter: LegacyPresenter,
  ) {}

  @Post('start')
  @HttpCode(200)
  @ReadsLegacyBody()
  @KeyedCommand(({ body }: Request) => ['legacy start', [...(body as Fields)]])
  async start(
    @LegacyUserId() userId: string,
    @Body() fields: Fields,
    @Kept() keep: Keep | undefined,
  ): Promise<LegacyBody> {
    await this.timers.startWhenIdle({ userId, title: titleOf(fields) }, keep);
    return this.presenter.timer(200, 'OK');
  }

  /** Ignores the body, however large or malformed. */
  @Post('stop')
  @HttpCode(200)
  @KeyedCommand(() => ['legacy stop'])
  async stop(@LegacyUserId() userId: string, @Kept() keep: Keep | undefined): Promise<LegacyBody> {
    await this.timers.stopMostRecentlyStarted({ userId }, keep);
    return this.presenter.timer(200, 'OK');
  }
}
