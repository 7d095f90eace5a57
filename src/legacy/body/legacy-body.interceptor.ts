import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';

import { PreparesBody } from '../../common/http/prepared-body.js';
import type { Fields } from './form-fields.js';
import { readFields } from './read-body.js';

/**
 * Reads the body after the guards, because 401 comes before 413 (docs/spec/legacy.md#order-of-checks). Calls without
 * this interceptor do not read their bodies.
 */
@Injectable()
export class LegacyBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await prepare(context);
    return next.handle();
  }
}

type ReadRequest = Request & { legacyFields?: Fields };

/** Reads the body once. @returns its fields as a list */
async function prepare(context: ExecutionContext): Promise<unknown> {
  const http = context.switchToHttp();
  const request = http.getRequest<ReadRequest>();
  const limit = request.app.get('body max bytes') as number;
  request.legacyFields ??= await readFields(request, http.getResponse<Response>(), limit);
  request.body = request.legacyFields;
  return [...request.legacyFields];
}

/** Reads the call's body and passes it to `@Body()` as {@link Fields}. */
export const ReadsLegacyBody = () => applyDecorators(UseInterceptors(LegacyBodyInterceptor), PreparesBody(prepare));
