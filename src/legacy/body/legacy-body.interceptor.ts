import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { readFields } from './read-body.js';

/** Reads the body behind the guard, since 401 comes before 413 (legacy.md, "Order of checks"), and not at all elsewhere. */
@Injectable()
export class LegacyBodyInterceptor implements NestInterceptor {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    request.body = await readFields(request, http.getResponse<Response>(), this.settings.http.bodyMaxBytes);
    return next.handle();
  }
}

/** This call has a body, which `@Body()` hands over as {@link Fields}. */
export const ReadsLegacyBody = () => UseInterceptors(LegacyBodyInterceptor);
