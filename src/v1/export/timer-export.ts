import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from '../../timer-domain/records/timer-record.js';
import { OwnTimers, type Period } from '../statistics/own-timers.js';
import type { Reader } from '../http/read-context.js';
import { type TimerObject, TimerPresenter } from '../timers/timer.presenter.js';

/** All of a person's timers of a period, a page at a time. */
@Injectable()
export class TimerExport {
  constructor(
    private readonly database: Database,
    private readonly timers: OwnTimers,
    private readonly presenter: TimerPresenter,
  ) {}

  /**
   * Own timers that started in the period, newest first, with their own tags; the next page is only asked for when this
   * one has been taken.
   * @param signal whoever wanted them has gone; nothing more is read
   */
  async *pages(reader: Reader, period: Period, signal: AbortSignal): AsyncGenerator<TimerObject[]> {
    for await (const ids of this.timers.idsOf(reader.userId, 'started', period, signal)) {
      const timers = await this.load(reader.userId, ids);
      yield await this.presenter.many(timers, reader, { tag_include_mode: 'timer_only' });
    }
  }

  private async load(userId: string, ids: readonly string[]): Promise<Timer[]> {
    const rows = await this.database.query<TimerRecord>(
      `SELECT ${TIMER_COLUMNS} FROM timers t WHERE t.user_id = $1 AND t.id = ANY ($2::uuid[])
       ORDER BY t.created_at DESC, t.id DESC`,
      [userId, ids],
    );
    return rows.map(toTimer);
  }
}
