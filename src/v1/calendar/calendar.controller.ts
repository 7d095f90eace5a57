import { Controller, Delete, Header, Inject, Post } from '@nestjs/common';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { Caller, callerOf, type IdentifiedRequest } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { RenewsSecret } from '../../idempotency/idempotency.interceptor.js';
import { ok } from '../http/ok.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { CalendarSecrets } from './calendar-secrets.js';

/** Opening and closing one's calendar feed (docs/spec/extensions.md#correcting-and-adding-up). */
@Controller('v1/users/me/calendar')
@SignedIn()
export class CalendarController {
  constructor(
    private readonly secrets: CalendarSecrets,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @RenewsSecret({ path: ['url'], method: 'renew' })
  @Header('Cache-Control', 'no-store')
  async open(@Caller() caller: Identity) {
    return { url: await this.newUrl(caller) };
  }

  /** The address of an answer that is given a second time. */
  renew(_: unknown, request: IdentifiedRequest): Promise<string> {
    return this.newUrl(callerOf(request));
  }

  @Delete()
  close(@Caller() { userId }: Identity) {
    return ok(this.secrets.revoke(userId));
  }

  private async newUrl(caller: Identity): Promise<string> {
    return `${this.settings.http.publicUrl}/v1/calendar/${await this.secrets.issue(caller)}.ics`;
  }
}
