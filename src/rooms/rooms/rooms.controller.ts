import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import type { Request } from 'express';

import { Accepts, JsonBody } from '../../common/http/accepts.js';
import { packageVersion } from '../../common/package.js';
import { Idempotent, RenewsSecret } from '../../idempotency/idempotency.interceptor.js';
import { HostProofs, type RoomCaller } from '../http/rooms-visitor.js';
import { RoomAdministration } from './room-administration.js';
import { RoomPresenter } from './room.presenter.js';
import { CreateRoomRequest, UpdateRoomRequest } from './room.requests.js';

/** Rooms over REST (docs/spec/rooms.md#rest). */
@Controller('api/v1')
@Idempotent()
export class RoomsController {
  constructor(
    private readonly rooms: RoomAdministration,
    private readonly presenter: RoomPresenter,
  ) {}

  @Get('health')
  health() {
    return { status: 'healthy', timestamp: `${new Date().toISOString().slice(0, 19)}Z`, version: packageVersion };
  }

  @Post('rooms')
  @RenewsSecret({ path: ['data', 'host_token'], method: 'renewHostToken' })
  @Accepts({ body: CreateRoomRequest })
  async create(@JsonBody() body: CreateRoomRequest, @HostProofs() caller: RoomCaller) {
    return {
      status: 'success',
      data: this.presenter.created(await this.rooms.create(body, caller)),
      message: 'Room created successfully',
    };
  }

  /** A new host token for a stored response. @throws RoomNotFoundError */
  renewHostToken({ data }: { data: { room_id: string } }, request: Request): Promise<string> {
    return this.rooms.renewHostToken(data.room_id, request);
  }

  @Get('rooms/:room_id')
  async get(@Param('room_id') roomId: string, @HostProofs() caller: RoomCaller) {
    return { status: 'success', data: await this.presenter.room(await this.rooms.read(roomId, caller)) };
  }

  @Patch('rooms/:room_id')
  @Accepts({ body: UpdateRoomRequest })
  update(@Param('room_id') roomId: string, @JsonBody() body: UpdateRoomRequest, @HostProofs() caller: RoomCaller) {
    return this.change(roomId, body, caller);
  }

  /** The same as PATCH, for clients that know only PUT. */
  @Put('rooms/:room_id')
  @Accepts({ body: UpdateRoomRequest })
  put(@Param('room_id') roomId: string, @JsonBody() body: UpdateRoomRequest, @HostProofs() caller: RoomCaller) {
    return this.change(roomId, body, caller);
  }

  @Delete('rooms/:room_id')
  @HttpCode(204)
  async delete(@Param('room_id') roomId: string, @HostProofs() caller: RoomCaller): Promise<void> {
    await this.rooms.delete(roomId, caller);
  }

  private async change(roomId: string, body: UpdateRoomRequest, caller: RoomCaller) {
    return {
      status: 'success',
      data: await this.presenter.room(await this.rooms.update(roomId, body, caller)),
      message: 'Room updated successfully',
    };
  }
}
