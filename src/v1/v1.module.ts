import { Module } from '@nestjs/common';

import { AuthModule } from './auth/auth.module.js';
import { FriendsModule } from './friends/friends.module.js';
import { SharingModule } from './sharing/sharing.module.js';

/** Generation 2: timers, schedules, todos, tags, friends and sharing over REST (contracts/v1.md). */
@Module({ imports: [AuthModule, FriendsModule, SharingModule] })
export class V1Module {}
