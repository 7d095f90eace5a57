import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { IdentityModule } from '../identity/identity.module.js';
import { Addressees } from './addressees.js';
import { Audience } from './audience.js';
import { FriendLists } from './friend-lists.js';
import { Friendships } from './friendships.js';
import { Readers } from './readers.js';
import { RequestByEmail } from './request-by-email.entity.js';
import { Visibility } from './visibility.js';

/** Who is whose friend, who may read what, and who hears of whom. */
@Module({
  imports: [IdentityModule, TypeOrmModule.forFeature([RequestByEmail])],
  providers: [Addressees, Audience, FriendLists, Friendships, Readers, Visibility],
  exports: [Audience, FriendLists, Friendships, Readers, Visibility],
})
export class AccessModule {}
