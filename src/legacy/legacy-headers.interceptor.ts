import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';

import { LegacyPresenter } from './legacy.presenter.js';

/** Puts the legacy headers on answers that succeed; on failures the error envelope does. */
@Injectable()
export class LegacyHeadersInterceptor implements NestInterceptor {
  constructor(private readonly presenter: LegacyPresenter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    context.switchToHttp().getResponse<Response>().set(this.presenter.headers());
    return next.handle();
  }
}
