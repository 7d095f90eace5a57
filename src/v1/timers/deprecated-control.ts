import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { SignedIn } from '../http/rate-limit.guard.js';

/** 2026-01-28, when control moved to the socket (docs/spec/v1.md#56-control-over-rest). */
const SINCE = '@1769558400';

/** Says on every answer, 401 and 429 included, that there is something newer; so it runs before the other guards. */
@Injectable()
export class DeprecationGuard implements CanActivate {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  canActivate(context: ExecutionContext): boolean {
    const docs = `${this.settings.http.publicUrl}/docs`;
    context
      .switchToHttp()
      .getResponse<Response>()
      .set({ Deprecation: SINCE, Link: `<${docs}>; rel="successor-version", <${docs}>; rel="deprecation"` });
    return true;
  }
}

/** Control over REST: always on, and superseded by the socket. */
export const DeprecatedControl = () => applyDecorators(UseGuards(DeprecationGuard), SignedIn());
