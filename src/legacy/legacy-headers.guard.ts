import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { LegacyPresenter } from './legacy.presenter.js';

/**
 * Sets the legacy headers on successful responses. This is a guard because stored responses, repeated for an
 * `Idempotency-Key`, do not reach an interceptor. The error envelope sets the headers on failures.
 */
@Injectable()
export class LegacyHeadersGuard implements CanActivate {
  constructor(private readonly presenter: LegacyPresenter) {}

  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getResponse<Response>().set(this.presenter.headers());
    return true;
  }
}
