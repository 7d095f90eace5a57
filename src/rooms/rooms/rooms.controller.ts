import { Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { Accepts, JsonBody } from '../../common/http/accepts.js';
import { Origins } from '../../common/http/origins.js';
import { packageVersion } from '../../common/package.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { Idempotent, RenewsSecret } from '../../idempotency/idempotency.interceptor.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { NotHostError } from '../errors.js';
import { Visitor } from '../http/rooms-visitor.js';
import { HostProof } from './host-proof.js';
import { RoomPresenter } from './room.presenter.js';
import type { Room } from './room.js';
import { CreateRoomRequest, UpdateRoomRequest } from './room.requests.js';
import { RoomStore } from './room-store.js';
import { Rooms } from './rooms.js';

/** Creating rooms (rooms.md, "Limits"). */
const CREATIONS = { name: 'rooms-created', points: 60, windowSeconds: 600 };
const CREATIONS_OF_USER = { name: 'rooms-created-by', points: 200, windowSeconds: 86_400 };

/** Rooms over REST (seeds/focus-mate-rooms.md 3.2). */
@Controller('api/v1')
@Idempotent()
export class RoomsController {
  constructor(
    private readonly rooms: Rooms,
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly proof: HostProof,
    private readonly limits: RateLimits,
    private readonly origins: Origins,
  ) {}

  @Get('health')
  health() {
    return { status: 'healthy', timestamp: `${new Date().toISOString().slice(0, 19)}Z`, version: packageVersion };
  }

  @Post('rooms')
  @RenewsSecret({ path: ['data', 'host_token'], method: 'renewHostToken' })
  @Accepts({ body: CreateRoomRequest })
  async create(
    @JsonBody() body: CreateRoomRequest,
    @Visitor() visitor: Identity | null,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.limits.admit(CREATIONS, networkOf(request.ip));
    if (visitor) await this.limits.admit(CREATIONS_OF_USER, visitor.userId);
    const reachedBy = this.origins.reachedBy(request);
    const { room, hostToken } = await this.rooms.create(body, visitor?.userId ?? null, reachedBy);
    this.proof.remember(response, room.id, hostToken);
    return { status: 'success', data: this.presenter.created(room, hostToken), message: 'Room created successfully' };
  }

  /** Of a room whose creation is answered a second time. @throws RoomNotFoundError */
  async renewHostToken({ data }: { data: { room_id: string } }, request: Request): Promise<string> {
    const hostToken = await this.rooms.renewHostToken(data.room_id);
    if (request.res) this.proof.remember(request.res, data.room_id, hostToken);
    return hostToken;
  }

  @Get('rooms/:room_id')
  async get(@Param('room_id') roomId: string, @Req() request: Request) {
    const room = await this.store.use(roomId);
    this.proof.renew(room, request);
    return { status: 'success', data: await this.presenter.room(room) };
  }

  @Patch('rooms/:room_id')
  @Accepts({ body: UpdateRoomRequest })
  async update(
    @Param('room_id') roomId: string,
    @JsonBody() body: UpdateRoomRequest,
    @Visitor() visitor: Identity | null,
    @Req() request: Request,
    @Headers('x-host-token') token: string | undefined,
  ) {
    const room = await this.hosted(roomId, visitor, token, request, 'change the room');
    const updated = await this.rooms.update(room, body);
    return { status: 'success', data: await this.presenter.room(updated), message: 'Room updated successfully' };
  }

  /** {@link update} by the name that some clients know. */
  @Put('rooms/:room_id')
  @Accepts({ body: UpdateRoomRequest })
  put(
    @Param('room_id') roomId: string,
    @JsonBody() body: UpdateRoomRequest,
    @Visitor() visitor: Identity | null,
    @Req() request: Request,
    @Headers('x-host-token') token: string | undefined,
  ) {
    return this.update(roomId, body, visitor, request, token);
  }

  @Delete('rooms/:room_id')
  @HttpCode(204)
  async delete(
    @Param('room_id') roomId: string,
    @Visitor() visitor: Identity | null,
    @Req() request: Request,
    @Headers('x-host-token') token: string | undefined,
  ): Promise<void> {
    const room = await this.hosted(roomId, visitor, token, request, 'delete the room');
    await this.rooms.delete(room.id);
  }

  /** @throws RoomNotFoundError, NotHostError */
  private async hosted(
    roomId: string,
    identity: Identity | null,
    token: string | undefined,
    request: Request,
    what: string,
  ): Promise<Room> {
    const room = await this.store.use(roomId);
    if (!this.proof.isHost(room, { identity, token, request })) throw new NotHostError(what);
    this.proof.renew(room, request);
    return room;
  }
}
