import { Controller, Delete, Get, Header, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';

import { type Friend, FriendLists } from '../../access/friend-lists.js';
import { Friendships } from '../../access/friendships.js';
import { Accepts, PathParts, Query } from '../../common/http/accepts.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { tickAt } from '../../timer-domain/rules/decide.js';
import { IdPath } from '../http/id-path.js';
import { ok } from '../http/ok.js';
import { limitOf, Pages } from '../http/paging.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { presentFriend, presentFriendship } from './friends.presenter.js';
import { FriendListQuery, stretchOf, UserPath } from './friends.requests.js';

/** Friends and blocks (docs/spec/v1.md#10-friends). */
@Controller('v1/friends')
@SignedIn()
export class FriendsController {
  constructor(
    private readonly friendships: Friendships,
    private readonly lists: FriendLists,
    private readonly clock: Clock,
    private readonly pages: Pages,
  ) {}

  @Get()
  @Accepts({ query: FriendListQuery })
  async list(
    @Caller() { userId }: Identity,
    @Query() query: FriendListQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    return (await this.page(userId, query, response)).map(presentFriend);
  }

  @Get('ids')
  @Accepts({ query: FriendListQuery })
  async ids(
    @Caller() caller: Identity,
    @Query() query: FriendListQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    return (await this.page(caller.userId, query, response)).map(({ userId }) => userId);
  }

  /** @returns JSON as text: of a bare boolean Express would make HTML */
  @Get('check/:user_id')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Accepts({ path: UserPath })
  async check(@Caller() { userId }: Identity, @PathParts() path: UserPath) {
    return JSON.stringify(await this.lists.areFriends(userId, path.user_id));
  }

  @Post('block/:user_id')
  @HttpCode(200)
  @Accepts({ path: UserPath })
  async block(@Caller() { userId }: Identity, @PathParts() path: UserPath) {
    return presentFriendship(await this.friendships.block(userId, path.user_id, tickAt(this.clock.now())));
  }

  @Delete('block/:user_id')
  @Accepts({ path: UserPath })
  async unblock(@Caller() { userId }: Identity, @PathParts() path: UserPath) {
    return ok(this.friendships.unblock(userId, path.user_id), 'User unblocked');
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  remove(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.friendships.remove(userId, id, tickAt(this.clock.now())), 'Friend removed');
  }

  private async page(userId: string, query: FriendListQuery, response: Response): Promise<readonly Friend[]> {
    const fetched = await this.lists.friendsOf(userId, stretchOf(query));
    return this.pages.cut(response, fetched, limitOf(query), ({ since, friendshipId }) => [since, friendshipId]);
  }
}
