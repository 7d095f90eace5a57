import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';

import { Accepts, JsonBody } from '../../common/http/accepts.js';
import { Idempotent, RenewsSecret } from '../../idempotency/idempotency.interceptor.js';
import { HostProofs, type RoomCaller } from '../http/rooms-visitor.js';
import { ParticipantAdministration } from './participant-administration.js';
import { presentJoined, presentPeople } from './participant.presenter.js';
import { JoinRequest } from './participant.requests.js';
import { Participants } from './participants.js';

/** The people of a room over REST (docs/spec/rooms.md#rest). */
@Controller('api/v1/rooms/:room_id/participants')
@Idempotent()
export class ParticipantsController {
  constructor(
    private readonly people: ParticipantAdministration,
    private readonly participants: Participants,
  ) {}

  @Post()
  @RenewsSecret({ path: ['data', 'participant_token'], method: 'renewToken' })
  @Accepts({ body: JoinRequest })
  async join(@Param('room_id') roomId: string, @JsonBody() body: JoinRequest, @HostProofs() caller: RoomCaller) {
    return {
      status: 'success',
      data: presentJoined(await this.people.join(roomId, body.participant_name, caller)),
    };
  }

  /** A new token for the stored response to a join. @throws InvalidParticipantTokenError for a removed participant */
  renewToken({ data }: { data: { room_id: string; participant_id: string } }): Promise<string> {
    return this.participants.renewToken(data.room_id, data.participant_id);
  }

  @Get()
  async list(@Param('room_id') roomId: string) {
    return { status: 'success', data: presentPeople(await this.people.list(roomId)) };
  }

  @Delete(':participant_id')
  @HttpCode(204)
  async remove(
    @Param('room_id') roomId: string,
    @Param('participant_id') participantId: string,
    @HostProofs() caller: RoomCaller,
  ): Promise<void> {
    await this.people.remove(roomId, participantId, caller);
  }
}
