import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { IdentityModule } from '../identity/identity.module.js';
import { Addressees } from './addressees.js';
import { Audience } from './audience.js';
import { Block } from './block.entity.js';
import { FriendLists } from './friend-lists.js';
import { FriendshipRow } from './friendship.entity.js';
import { Friendships } from './friendships.js';
import { Readers } from './readers.js';
import { RequestByEmail } from './request-by-email.entity.js';
import { VisibilitySetting } from './visibility-setting.entity.js';
import { Visibility } from './visibility.js';

/** Who is whose friend, who may read what, and who hears of whom. */
@Module({
  imports: [IdentityModule, TypeOrmModule.forFeature([Block, FriendshipRow, RequestByEmail, VisibilitySetting])],
  providers: [Addressees, Audience, FriendLists, Friendships, Readers, Visibility],
  exports: [Audience, FriendLists, Friendships, Readers, Visibility],
})
export class AccessModule {}
