import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { RepeatedWork } from '../../common/repeated-work.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { Transactions } from '../../database/transactions.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { Presence } from '../../room-people/presence.js';
import { Participants } from '../participants/participants.js';
import { RoomStore } from './room-store.js';
import { Rooms } from './rooms.js';

const EVERY_MS = 3_600_000;
const AT_ONCE = 100;

/** Maximum number of rows in one statement. */
const ROWS_AT_ONCE = 1_000;
/** Retention of guests (docs/spec/rooms.md#who-is-who). */
const GUESTS_KEPT_SECONDS = 86_400;

/**
 * Deletes rooms that were not used for `ROOM_RETENTION`, as their host would (docs/spec/rooms.md#limits), and the
 * remaining data of guests a day after they left.
 */
@Injectable()
export class ForgottenRooms implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ForgottenRooms.name);
  private readonly tidying = new RepeatedWork({
    everyMs: EVERY_MS,
    run: () => this.tidy(),
    logger: this.logger,
    failure: 'forgotten rooms not deleted, will retry',
  });

  constructor(
    private readonly store: RoomStore,
    private readonly rooms: Rooms,
    private readonly participants: Participants,
    private readonly presence: Presence,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.tidying.start();
  }

  onApplicationShutdown(): void {
    this.tidying.stop();
  }

  private async tidy(): Promise<void> {
    await this.forgetGuests();
    await this.sweep();
  }

  /** Deletes guests and their presence, in slices that are complete in themselves. */
  async forgetGuests(): Promise<void> {
    while ((await this.participants.forget(ROWS_AT_ONCE)) === ROWS_AT_ONCE);
    const before = this.clock.now() / 1_000 - GUESTS_KEPT_SECONDS;
    while ((await this.pruneGuests(before)) === ROWS_AT_ONCE);
  }

  /** Records the guests' presence as use of their rooms before deleting it. */
  private pruneGuests(before: number): Promise<number> {
    return this.transactions.run(async (transaction) => {
      const { uses, count } = await this.presence.pruneGuests(transaction, before, ROWS_AT_ONCE);
      if (uses.length > 0) await this.store.usedUntil(transaction, uses);
      return count;
    });
  }

  /** Deletes unused rooms. @returns the number of deleted rooms */
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
