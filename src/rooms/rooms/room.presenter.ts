import { Inject, Injectable } from '@nestjs/common';

import { formatInstant, formatNullable, type TimeZone, UTC } from '../../common/time/time-zone.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import type { RoomTimer } from '../../realtime/messages.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { Presence, type Present } from '../../room-people/presence.js';
import { remainingAt, type RoomState, stateOf } from '../../timer-domain/rules/room-timer.js';
import type { Room } from './room.js';
import type { CreatedRoom } from './rooms.js';

/** Presents rooms and their timers to clients (seeds/focus-mate-rooms.md 3.2, docs/spec/extensions.md#sockets). */
@Injectable()
export class RoomPresenter {
  constructor(
    private readonly clock: Clock,
    private readonly presence: Presence,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The body of `GET /api/v1/rooms/{id}`. */
  async room(room: Room, zone: TimeZone = UTC) {
    return this.roomWith(await this.presence.peopleIn(room.id), room, zone);
  }

  /** The same as {@link room}, with the people already loaded. */
  roomWith(people: readonly Present[], room: Room, zone: TimeZone) {
    const host = people.find(({ isHost }) => isHost);
    const { roomTimer } = room;
    return {
      room_id: room.id,
      room_name: roomTimer.name,
      work_duration: roomTimer.workSeconds,
      break_duration: roomTimer.breakSeconds,
      current_participants: people.length,
      max_participants: this.settings.rooms.maxParticipants,
      timer_state: this.timer(stateOf(roomTimer), roomTimer.revision, zone),
      created_at: formatInstant(room.createdAt, zone),
      auto_start_break: roomTimer.autoStartBreak,
      control: room.control,
      share_url: room.shareUrl,
      host: host ? { participant_id: host.id, name: host.name } : null,
    };
  }

  /** The body of `POST /api/v1/rooms`, the only one with the host token. */
  created({ room: { id, roomTimer, shareUrl, createdAt }, hostToken }: CreatedRoom) {
    return {
      room_id: id,
      room_name: roomTimer.name,
      work_duration: roomTimer.workSeconds,
      break_duration: roomTimer.breakSeconds,
      auto_start_break: roomTimer.autoStartBreak,
      share_url: shareUrl,
      created_at: formatInstant(createdAt, UTC),
      host_token: hostToken,
    };
  }

  /** The room timer, with the seconds that remain now. */
  timer(state: RoomState, revision: number, zone: TimeZone = UTC): RoomTimer {
    return {
      status: state.status,
      session_type: state.sessionType,
      remaining_seconds: remainingAt(state, this.clock.now()),
      target_timestamp: formatNullable(state.target, zone),
      started_at: formatNullable(state.startedAt, zone),
      duration_seconds: state.durationSeconds,
      revision,
    };
  }
}
