import { Inject, Injectable } from '@nestjs/common';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';

import { Origins } from '../../common/http/origins.js';
import { SETTINGS, type Settings } from '../../config/settings.js';

const NAME = 'metronome_refresh';
const PATH = '/v1/auth';

/** The refresh token in a cookie that no script reads and no other site sends (docs/spec/v1.md#31-own-accounts). */
@Injectable()
export class RefreshCookie {
  constructor(
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The token of a page of our own; a cookie that came from elsewhere counts as none. */
  read(request: Request): string | undefined {
    return this.origins.isOwnPage(request) ? parseCookie(request.headers.cookie ?? '')[NAME] : undefined;
  }

  write(response: Response, refreshToken: string): void {
    response.cookie(NAME, refreshToken, { ...this.attributes(response.req), maxAge: this.settings.auth.refreshTtlMs });
  }

  clear(response: Response): void {
    response.clearCookie(NAME, this.attributes(response.req));
  }

  private attributes(request: Request) {
    const secure = request.secure || this.settings.http.publicUrl.startsWith('https:');
    return { httpOnly: true, sameSite: 'strict', path: PATH, secure } as const;
  }
}
