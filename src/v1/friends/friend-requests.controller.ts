import { Controller, Delete, Get, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';

import { FriendLists, type PendingRequest } from '../../access/friend-lists.js';
import { Friendships } from '../../access/friendships.js';
import { Accepts, JsonBody, PathParts, Query } from '../../common/http/accepts.js';
import type { Seconds } from '../../common/time/date-time.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { tickAt } from '../../timer-domain/rules/decide.js';
import { IdPath } from '../http/id-path.js';
import { ok, type OkBody } from '../http/ok.js';
import { limitOf, Pages } from '../http/paging.js';
import { RATE_RULES, RateLimited, SignedIn } from '../http/rate-limit.guard.js';
import { presentFriendship, presentRequest } from './friends.presenter.js';
import { FriendListQuery, FriendRequestBody, stretchOf } from './friends.requests.js';

/** Asking and answering (docs/spec/v1.md#10-friends). */
@Controller('v1/friends/requests')
@SignedIn()
export class FriendRequestsController {
  constructor(
    private readonly friendships: Friendships,
    private readonly lists: FriendLists,
    private readonly clock: Clock,
    private readonly pages: Pages,
  ) {}

  @Get('received')
  @Accepts({ query: FriendListQuery })
  async received(
    @Caller() { userId }: Identity,
    @Query() query: FriendListQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.page(query, response, await this.lists.received(userId, stretchOf(query)));
  }

  @Get('sent')
  @Accepts({ query: FriendListQuery })
  async sent(
    @Caller() { userId }: Identity,
    @Query() query: FriendListQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.page(query, response, await this.lists.sent(userId, stretchOf(query)));
  }

  /** By e-mail the answer is the same for everybody, so that nobody learns who has an account. */
  @Post()
  @RateLimited(RATE_RULES.friendRequests)
  @Accepts({ body: FriendRequestBody })
  request(
    @Caller() { userId }: Identity,
    @JsonBody() { email, friend_code: code = '' }: FriendRequestBody,
    @Res({ passthrough: true }) response: Response,
  ) {
    return email === undefined ? this.requestByCode(userId, code) : this.requestByEmail(userId, email, response);
  }

  @Post(':id/accept')
  @HttpCode(200)
  @Accepts({ path: IdPath })
  async accept(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return presentFriendship(await this.friendships.accept(userId, id, this.tick()));
  }

  @Post(':id/reject')
  @HttpCode(200)
  @Accepts({ path: IdPath })
  async reject(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.friendships.reject(userId, id), 'Friend request rejected');
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  cancel(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.friendships.cancel(userId, id), 'Friend request cancelled');
  }

  private async requestByCode(userId: string, code: string) {
    return presentFriendship(await this.friendships.requestByCode(userId, code, this.tick()));
  }

  private requestByEmail(userId: string, email: string, response: Response): Promise<OkBody> {
    response.status(202);
    return ok(this.friendships.requestByEmail(userId, email, this.tick()));
  }

  private page(query: FriendListQuery, response: Response, fetched: readonly PendingRequest[]) {
    const page = this.pages.cut(response, fetched, limitOf(query), ({ createdAt, id }) => [createdAt, id]);
    return page.map(presentRequest);
  }

  private tick(): Seconds {
    return tickAt(this.clock.now());
  }
}
