import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { IdentityModule } from '../identity/identity.module.js';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { RoomPeopleModule } from '../room-people/room-people.module.js';
import { TimerDomainModule } from '../timer-domain/timer-domain.module.js';
import { WebModule } from '../web/web.module.js';
import { RoomsCalls } from './http/rooms-calls.js';
import { RoomsErrorEnvelope } from './http/rooms-error-envelope.js';
import { RoomsVisitorMiddleware } from './http/rooms-visitor.js';
import { Entrance } from './participants/entrance.js';
import { ParticipantAdministration } from './participants/participant-administration.js';
import { ParticipantsController } from './participants/participants.controller.js';
import { ParticipantRow } from './participants/participant.entity.js';
import { Participants } from './participants/participants.js';
import { AccountRooms } from './rooms/account-rooms.js';
import { DeletedRoom } from './rooms/deleted-room.entity.js';
import { ForgottenRooms } from './rooms/forgotten-rooms.js';
import { HostProof } from './rooms/host-proof.js';
import { RoomAdministration } from './rooms/room-administration.js';
import { RoomRow } from './rooms/room.entity.js';
import { RoomPresenter } from './rooms/room.presenter.js';
import { RoomStore } from './rooms/room-store.js';
import { RoomTimerController } from './rooms/room-timer.controller.js';
import { RoomsController } from './rooms/rooms.controller.js';
import { Rooms } from './rooms/rooms.js';
import { SharePageController } from './rooms/share-page.controller.js';
import { MemberRooms } from './socket/member-rooms.js';
import { MemberRoomsGateway } from './socket/member-rooms-gateway.js';
import { Memberships } from './socket/memberships.js';
import { RoomAdmission } from './socket/room-admission.js';
import { RoomArrival } from './socket/room-arrival.js';
import { RoomChanges } from './socket/room-changes.js';
import { RoomCommands } from './socket/room-commands.js';
import { RoomGateway } from './socket/room-gateway.js';
import { RoomTimerState } from './socket/room-timer-state.js';
import { RoomSync } from './socket/room-sync.js';
import { RoomStatistics } from './statistics/room-statistics.js';
import { StatisticsController } from './statistics/statistics.controller.js';

/** The rooms API: Focus Mate rooms, joined through a share URL (docs/spec/rooms.md#rooms). */
@Module({
  imports: [
    IdentityModule,
    RoomPeopleModule,
    TimerDomainModule,
    RealtimeModule,
    WebModule,
    TypeOrmModule.forFeature([RoomRow, DeletedRoom, ParticipantRow]),
  ],
  controllers: [
    RoomsController,
    RoomTimerController,
    ParticipantsController,
    StatisticsController,
    SharePageController,
  ],
  providers: [
    RoomsErrorEnvelope,
    RoomsCalls,
    RoomStore,
    Rooms,
    RoomAdministration,
    RoomPresenter,
    HostProof,
    AccountRooms,
    ForgottenRooms,
    Participants,
    ParticipantAdministration,
    Entrance,
    RoomStatistics,
    Memberships,
    RoomChanges,
    RoomCommands,
    RoomArrival,
    RoomTimerState,
    RoomSync,
    RoomAdmission,
    RoomGateway,
    MemberRooms,
    MemberRoomsGateway,
  ],
})
export class RoomsModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(RoomsVisitorMiddleware).forRoutes('api/v1{/*path}');
  }
}
