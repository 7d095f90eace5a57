import { Injectable } from '@nestjs/common';
import type { Request } from 'express';

import { Origins } from '../../common/http/origins.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { NotHostError } from '../errors.js';
import type { RoomCaller } from '../http/rooms-visitor.js';
import { HostProof } from './host-proof.js';
import type { Room } from './room.js';
import type { CreateRoomRequest, UpdateRoomRequest } from './room.requests.js';
import { RoomStore } from './room-store.js';
import { type CreatedRoom, Rooms } from './rooms.js';

/** Rate limits of room creation, by network and by account (docs/spec/rooms.md#limits). */
const CREATIONS = { name: 'rooms-created', points: 60, windowSeconds: 600 };
const CREATIONS_OF_USER = { name: 'rooms-created-by', points: 200, windowSeconds: 86_400 };

/** The REST operations on rooms, with the checks of the caller's proofs (docs/spec/rooms.md#rest). */
@Injectable()
export class RoomAdministration {
  constructor(
    private readonly rooms: Rooms,
    private readonly store: RoomStore,
    private readonly proof: HostProof,
    private readonly limits: RateLimits,
    private readonly origins: Origins,
  ) {}

  /** Creates a room and sets its host's cookie. @throws TooManyRequestsError */
  async create(body: CreateRoomRequest, { identity, request }: RoomCaller): Promise<CreatedRoom> {
    await this.limits.admit(CREATIONS, networkOf(request.ip));
    if (identity) await this.limits.admit(CREATIONS_OF_USER, identity.userId);
    const created = await this.rooms.create(body, identity?.userId ?? null, this.origins.reachedBy(request));
    if (request.res) this.proof.remember(request.res, created.room.id, created.hostToken);
    return created;
  }

  /** A new host token for the stored response to a room's creation. @throws RoomNotFoundError */
  async renewHostToken(roomId: string, request: Request): Promise<string> {
    const hostToken = await this.rooms.renewHostToken(roomId);
    if (request.res) this.proof.remember(request.res, roomId, hostToken);
    return hostToken;
  }

  /** @throws RoomNotFoundError */
  async read(roomId: string, { request }: RoomCaller): Promise<Room> {
    const room = await this.store.use(roomId);
    this.proof.renew(room, request);
    return room;
  }

  /** @throws RoomNotFoundError, NotHostError */
  async update(roomId: string, body: UpdateRoomRequest, caller: RoomCaller): Promise<Room> {
    return this.rooms.update(await this.hosted(roomId, caller, 'change the room'), body);
  }

  /** @throws RoomNotFoundError, NotHostError */
  async delete(roomId: string, caller: RoomCaller): Promise<void> {
    await this.rooms.delete((await this.hosted(roomId, caller, 'delete the room')).id);
  }

  private async hosted(roomId: string, caller: RoomCaller, what: string): Promise<Room> {
    const room = await this.store.use(roomId);
    if (!this.proof.isHost(room, caller)) throw new NotHostError(what);
    this.proof.renew(room, caller.request);
    return room;
  }
}
