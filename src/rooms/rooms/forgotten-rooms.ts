import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { describeError } from '../../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { RoomStore } from './room-store.js';
import { Rooms } from './rooms.js';

const EVERY_MS = 3_600_000;
const AT_ONCE = 100;

/** Deletes rooms that nobody has used for `ROOM_RETENTION`, as by their host (rooms.md, "Limits"). */
@Injectable()
export class ForgottenRooms implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ForgottenRooms.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: RoomStore,
    private readonly rooms: Rooms,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.sweep().catch((error: unknown) => {
        this.logger.warn({ msg: 'forgotten rooms are not deleted yet', ...describeError(error) });
      });
    }, EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns how many rooms were deleted */
  async sweep(): Promise<number> {
    const { retentionMs } = this.settings.rooms;
    if (retentionMs === 0) return 0;
    for (let deleted = 0; ;) {
      const ids = await this.store.forgotten(retentionMs, AT_ONCE);
      for (const id of ids) await this.rooms.delete(id);
      deleted += ids.length;
      if (ids.length < AT_ONCE) return deleted;
    }
  }
}
