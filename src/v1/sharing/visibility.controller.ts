import { Controller, Delete, Get, Put } from '@nestjs/common';

import { Accepts, JsonBody, PathParts } from '../../common/http/accepts.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { ok } from '../http/ok.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { Sharing } from './sharing.js';
import { ResourcePath, VisibilityRequest } from './sharing.requests.js';
import { presentVisibility } from './visibility.presenter.js';

/** Who may read an item of the caller's (docs/spec/v1.md#11-visibility). */
@Controller('v1/visibility/:resource_type/:resource_id')
@SignedIn()
export class VisibilityController {
  constructor(private readonly sharing: Sharing) {}

  @Get()
  @Accepts({ path: ResourcePath })
  async get(@Caller() { userId }: Identity, @PathParts() path: ResourcePath) {
    return presentVisibility(await this.sharing.get(userId, path.resource_type, path.resource_id));
  }

  @Put()
  @Accepts({ path: ResourcePath, body: VisibilityRequest })
  async set(@Caller() { userId }: Identity, @PathParts() path: ResourcePath, @JsonBody() body: VisibilityRequest) {
    return presentVisibility(await this.sharing.set(userId, path.resource_type, path.resource_id, choiceOf(body)));
  }

  @Delete()
  @Accepts({ path: ResourcePath })
  remove(@Caller() { userId }: Identity, @PathParts() path: ResourcePath) {
    return ok(this.sharing.remove(userId, path.resource_type, path.resource_id));
  }
}

const choiceOf = (body: VisibilityRequest) => ({
  level: body.level,
  allowedUserIds: body.allowed_user_ids ?? [],
  allowedEmails: body.allowed_emails ?? [],
  allowedDomains: body.allowed_domains ?? [],
});
