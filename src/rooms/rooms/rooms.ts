import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';

import { hashOfSecret } from '../../common/secret-hash.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { Signals } from '../../signals/signals.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { roomTopic } from '../../signals/topics.js';
import { RoomTimers } from '../../timer-domain/rooms/room-timers.js';
import { RoomRemoval } from '../../room-people/room-removal.js';
import type { RoomTimerSettings } from '../../timer-domain/rules/room-timer.js';
import { tickAt } from '../../timer-domain/rules/decide.js';
import { RoomNotFoundError } from '../errors.js';
import { newHostToken } from './host-proof.js';
import type { Room } from './room.js';
import type { CreateRoomRequest, UpdateRoomRequest } from './room.requests.js';
import { RoomStore } from './room-store.js';

/** Kinds of stored events on a room's topic. */
export const ROOM_UPDATED = 'room.updated';
export const ROOM_DELETED = 'room.deleted';

const DEFAULTS = { work: 25, break: 5 } as const;
const SECONDS = 60;

/** A new room with its host token, of which only the hash is stored. */
export interface CreatedRoom {
  readonly room: Room;
  readonly hostToken: string;
}

/** Creates, changes and deletes rooms (docs/spec/rooms.md#rest). */
@Injectable()
export class Rooms {
  constructor(
    private readonly transactions: Transactions,
    private readonly store: RoomStore,
    private readonly timers: RoomTimers,
    private readonly removal: RoomRemoval,
    private readonly signals: Signals,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * @param reachedBy scheme and host of the request, for share URLs when no public address is set
   *   (docs/spec/settings.md#settings); undefined when only the client's word supports them
   */
  create(request: CreateRoomRequest, hostUserId: string | null, reachedBy: string | undefined): Promise<CreatedRoom> {
    const id = randomUUID();
    const hostToken = newHostToken();
    const createdAt = tickAt(this.clock.now());
    const row = {
      id,
      control: 'everyone' as const,
      hostUserId,
      hostTokenHash: hashOfSecret(hostToken),
      shareUrl: `${this.shareBase(reachedBy)}/room/${id}`,
      createdAt,
      usedAt: createdAt,
    };
    return this.transactions.run(async (transaction) => {
      await this.store.insert(transaction, row);
      const roomTimer = await this.timers.add(transaction, id, {
        name: request.room_name,
        workSeconds: (request.work_duration_minutes ?? DEFAULTS.work) * SECONDS,
        breakSeconds: (request.break_duration_minutes ?? DEFAULTS.break) * SECONDS,
        autoStartBreak: request.auto_start_break ?? true,
      });
      return { room: { ...row, roomTimer }, hostToken };
    });
  }

  /** Replaces the host token; the former one becomes invalid. @throws RoomNotFoundError */
  async renewHostToken(id: string): Promise<string> {
    const hostToken = newHostToken();
    const isThere = await this.store.setHostToken(id, hashOfSecret(hostToken));
    if (!isThere) throw new RoomNotFoundError(id);
    return hostToken;
  }

  /**
   * Changes a room. Absent and null fields keep their values; a request that changes nothing writes nothing.
   * @throws RoomNotFoundError when the room has been deleted
   */
  update(room: Room, request: UpdateRoomRequest): Promise<Room> {
    const settings = changedSettings(room.roomTimer, request);
    const control = request.control ?? room.control;
    if (Object.keys(settings).length === 0 && control === room.control) return Promise.resolve(room);
    return this.transactions.of(room.id).run(async (transaction) => {
      const roomTimer = await this.timers.configure(transaction, room.id, settings);
      if (roomTimer === undefined) throw new RoomNotFoundError(room.id);
      if (control !== room.control) await this.store.setControl(transaction, room.id, control);
      const body = { revision: roomTimer.revision };
      await this.signals.add(transaction, { topic: roomTopic(room.id), kind: ROOM_UPDATED, body });
      return { ...room, control, roomTimer };
    });
  }

  /** Deletes the room with its content; sessions that members attended stay in the members' own history. */
  delete(roomId: string): Promise<boolean> {
    return this.transactions.of(roomId).run((transaction) => this.remove(transaction, roomId));
  }

  private async remove(transaction: Transaction, roomId: string): Promise<boolean> {
    // A session whose target has passed is complete, and belongs to its members' history.
    await this.timers.settle(transaction, roomId);
    if (!(await this.store.remove(transaction, roomId))) return false;
    await this.removal.remove(transaction, roomId);
    await this.signals.add(transaction, { topic: roomTopic(roomId), kind: ROOM_DELETED, body: {} });
    return true;
  }

  private shareBase(reachedBy: string | undefined): string {
    const { shareUrlBase, publicUrl, publicUrlGiven } = this.settings.http;
    return shareUrlBase ?? (publicUrlGiven ? publicUrl : (reachedBy ?? publicUrl));
  }
}

function changedSettings(current: RoomTimerSettings, request: UpdateRoomRequest): Partial<RoomTimerSettings> {
  const wanted: RoomTimerSettings = {
    name: request.room_name ?? current.name,
    workSeconds: request.work_duration_minutes ? request.work_duration_minutes * SECONDS : current.workSeconds,
    breakSeconds: request.break_duration_minutes ? request.break_duration_minutes * SECONDS : current.breakSeconds,
    autoStartBreak: request.auto_start_break ?? current.autoStartBreak,
  };
  const changed = Object.entries(wanted).filter(([key, value]) => current[key as keyof RoomTimerSettings] !== value);
  return Object.fromEntries(changed);
}
