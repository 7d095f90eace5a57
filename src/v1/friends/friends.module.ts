import { Module } from '@nestjs/common';

import { AccessModule } from '../../access/access.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { FriendRequestsController } from './friend-requests.controller.js';
import { FriendsController } from './friends.controller.js';

/** Friends, requests and blocks over REST (docs/spec/v1.md#10-friends). */
@Module({
  imports: [V1HttpModule, AccessModule, TimerDomainModule],
  controllers: [FriendRequestsController, FriendsController],
})
export class FriendsModule {}
