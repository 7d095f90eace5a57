import { Controller, Delete, Header, Inject, Post } from '@nestjs/common';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { CalendarSecrets } from './calendar-secrets.js';

/** Opening and closing one's calendar feed (extensions.md, "Repairing and adding up"). */
@Controller('v1/users/me/calendar')
@SignedIn()
export class CalendarController {
  constructor(
    private readonly secrets: CalendarSecrets,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  async open(@Caller() { userId }: Identity) {
    const secret = await this.secrets.issue(userId);
    return { url: `${this.settings.http.publicUrl}/v1/calendar/${secret}.ics` };
  }

  @Delete()
  async close(@Caller() { userId }: Identity) {
    await this.secrets.revoke(userId);
    return { ok: true };
  }
}
