import { Controller, Delete, Get, Patch, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, JsonBody } from '../../common/http/accepts.js';
import { parseTimeZone } from '../../common/time/time-zone.js';
import { InvalidTimeZoneError } from '../../common/time/zoned-query.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { type Profile, type ProfileChange, Profiles } from '../../identity/users/profiles.js';
import { closingOf, sendPieces } from '../export/send-pieces.js';
import { ok } from '../http/ok.js';
import { RATE_RULES, RateLimited, SignedIn } from '../http/rate-limit.guard.js';
import { AccountDeletion } from './account-deletion.js';
import { AccountExport } from './account-export.js';
import { DeletionConfirmedGuard } from './deletion-confirmed.guard.js';
import { presentProfile } from './user.presenter.js';
import { DeleteAccountRequest, UpdateProfileRequest } from './user.requests.js';

const EXPORT_HEADERS = {
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Disposition': 'attachment; filename="metronome.json"',
};

/** Oneself (docs/spec/v1.md#9-usersme); there is no look-up of others. */
@Controller('v1/users/me')
@SignedIn()
export class UsersController {
  constructor(
    private readonly profiles: Profiles,
    private readonly deletion: AccountDeletion,
    private readonly exports: AccountExport,
  ) {}

  @Get()
  async get(@Caller() { userId }: Identity) {
    return presentProfile(known(await this.profiles.get(userId)));
  }

  @Patch()
  @Accepts({ body: UpdateProfileRequest })
  async update(@Caller() { userId }: Identity, @JsonBody() body: UpdateProfileRequest) {
    return presentProfile(known(await this.profiles.update(userId, changeOf(body))));
  }

  @Delete()
  @RateLimited(RATE_RULES.signIn)
  @UseGuards(DeletionConfirmedGuard)
  @Accepts({ body: DeleteAccountRequest, bodyOptional: true })
  delete(@Caller() { userId }: Identity) {
    return ok(this.deletion.delete(userId));
  }

  @Get('export')
  async export(@Caller() { userId }: Identity, @Res() response: Response): Promise<void> {
    await sendPieces(response, EXPORT_HEADERS, this.exports.pieces(userId, closingOf(response)));
  }
}

/** @throws InvalidTimeZoneError */
function changeOf({ display_name, avatar_url, activity_sharing, timezone }: UpdateProfileRequest): ProfileChange {
  if (timezone !== undefined && timezone !== null && (timezone === '' || parseTimeZone(timezone) === undefined)) {
    throw new InvalidTimeZoneError(timezone);
  }
  return {
    displayName: display_name,
    avatarUrl: avatar_url,
    activitySharing: activity_sharing ?? undefined,
    timezone: timezone ?? undefined,
  };
}

/** An account that was deleted a moment ago: its token opens nothing. */
function known(profile: Profile | undefined): Profile {
  if (profile === undefined) throw new InvalidAccessTokenError('Invalid token: revoked');
  return profile;
}
