import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { LegacyPresenter } from './legacy.presenter.js';

/**
 * Puts the legacy headers on answers that succeed, also on those that are repeated for an `Idempotency-Key` and reach no
 * interceptor of ours; on failures the error envelope does.
 */
@Injectable()
export class LegacyHeadersGuard implements CanActivate {
  constructor(private readonly presenter: LegacyPresenter) {}

  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getResponse<Response>().set(this.presenter.headers());
    return true;
  }
}
