import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { acceptedBody } from '../../common/http/accepts.js';
import { callerOf, type IdentifiedRequest } from '../../identity/bearer/authenticated.js';
import { callerKey, countRequest } from '../../rate-limits/count-request.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { RATE_RULES } from '../../rate-limits/rate-rules.js';
import { AccountDeletion } from './account-deletion.js';
import type { DeleteAccountRequest } from './user.requests.js';

/**
 * Counts and checks the password of somebody who wants to go, before any interceptor opens a transaction: an
 * `Idempotency-Key` would hold a connection while the password is hashed.
 * @throws TooManyRequestsError, InvalidRequestError, ReauthenticationRequiredError
 */
@Injectable()
export class DeletionConfirmedGuard implements CanActivate {
  constructor(
    private readonly limits: RateLimits,
    private readonly deletion: AccountDeletion,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<IdentifiedRequest>();
    const caller = callerOf(request);
    // With the other calls that want the password of somebody signed in.
    const key = callerKey(request, caller.userId);
    await countRequest(this.limits, http.getResponse<Response>(), RATE_RULES.signInWithEmail, key);
    const { password } = await acceptedBody<DeleteAccountRequest>(context);
    await this.deletion.confirm(caller, password ?? undefined, networkOf(request.ip));
    return true;
  }
}
