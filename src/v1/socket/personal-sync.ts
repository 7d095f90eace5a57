import { Injectable } from '@nestjs/common';

import { OneOf, Uuid } from '../../common/validation/fields.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import { MissedChanges } from '../../realtime/backplane/missed-changes.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, ServerMessage } from '../../realtime/messages.js';
import { MessageSender, type Reply } from '../../realtime/message-sender.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { TimerFinder } from '../timers/timer-finder.js';
import { TimerPresenter } from '../timers/timer.presenter.js';
import { PersonalChanges } from './personal-changes.js';
import { payloadAs } from './personal-commands.js';
import { followingOf, userOf } from './personal-connections.js';
import { changeMessage } from './timer-messages.js';
import { Viewers } from './viewers.js';

/** Timers in one list; GET /v1/timers pages through the rest (docs/spec/sockets.md#the-personal-socket). */
const MAX_LISTED = 200;

class SyncPayload {
  @Uuid()
  timer_id?: string | null;

  @OneOf(['active', 'all', 'shared'])
  scope?: 'active' | 'all' | 'shared' | null;
}

/**
 * What a client asks of the state, answered to it alone (docs/spec/sockets.md#the-personal-socket,
 * docs/spec/extensions.md#sockets).
 */
@Injectable()
export class PersonalSync {
  constructor(
    private readonly finder: TimerFinder,
    private readonly presenter: TimerPresenter,
    private readonly viewers: Viewers,
    private readonly missed: MissedChanges,
    private readonly changes: PersonalChanges,
    private readonly sender: MessageSender,
    private readonly stream: ChangeStream,
  ) {}

  /**
   * The reply to a sync. What happens meanwhile follows the reply, which is older.
   * @throws TimerNotFoundError, InvalidRequestError
   */
  async answer(connection: Connection, command: ClientCommand): Promise<Reply> {
    connection.hold();
    return { message: await this.stateFor(connection, command) };
  }

  private stateFor(connection: Connection, { payload }: ClientCommand): Promise<ServerMessage> {
    const { timer_id: timerId, scope } = payloadAs(SyncPayload, payload);
    const { since } = payload;
    if (since !== undefined && since !== null) return this.resume(connection, since);
    if (timerId !== undefined && timerId !== null) return this.one(connection, timerId);
    return this.list(connection, scope ?? 'active');
  }

  /** The caller's own running and paused timers, as a new connection gets them. */
  active(connection: Connection): Promise<ServerMessage> {
    return this.list(connection, 'active');
  }

  /**
   * Sends the frames missed since a mark, and returns a list; the list alone when the log does not reach back. Only the
   * list carries a new mark: a client that is cut off before it asks for the same frames again.
   */
  async resume(connection: Connection, since: unknown): Promise<ServerMessage> {
    const changeId = this.changes.changeId();
    const { timers: followed } = followingOf(connection);
    const who = { owners: [userOf(connection)], timerIds: [...followed.keys()] };
    const isAll = await this.missed.tell(connection, since, who, (changes) => {
      const unseen = changes.filter(({ timer }) => timer.revision > (followed.get(timer.id)?.from ?? 0));
      return this.repeat(connection, unseen, String(since));
    });
    const timers = await this.finder.active(userOf(connection), MAX_LISTED + 1);
    return this.listOf(connection, timers, { changeId, ...(isAll ? {} : { resync: true as const }) });
  }

  /** Changes as their frames were, or would have been, told; what belongs to the timers is looked up once for all. */
  private async repeat(connection: Connection, changes: readonly TimerChange[], changeId: string): Promise<void> {
    const userId = userOf(connection);
    const show = await this.presenter.forSockets(changes.map(({ timer }) => timer));
    const objects = show({ userId, zone: connection.zone });
    for (const [index, change] of changes.entries()) {
      const message = changeMessage(change, () => objects[index] ?? {}, connection, userId);
      connection.delivered.take(change.timer.id, change.timer.revision);
      const envelope = { at: change.at, changeId };
      connection.send(this.sender.encode(connection.dialect, connection.zone, message, envelope));
    }
  }

  private async one(connection: Connection, timerId: string): Promise<ServerMessage> {
    const userId = userOf(connection);
    const timer = await this.readAndFollow(connection, timerId);
    const show = await this.presenter.forSockets([timer]);
    const [object] = show({ userId, zone: connection.zone });
    this.shown(connection, timer);
    return { type: 'timerUpdated', timer: object ?? {}, action: 'sync', fromUser: userId };
  }

  /** What was read before the connection follows may be out of date by then, so it is read once more. */
  private async readAndFollow(connection: Connection, timerId: string): Promise<Timer> {
    const userId = userOf(connection);
    const timer = await this.finder.readable(userId, timerId);
    if (timer.userId === userId || followingOf(connection).timers.has(timer.id)) return timer;
    this.viewers.follow(connection, timer);
    try {
      return await this.finder.readable(userId, timerId);
    } catch (error) {
      this.viewers.unfollow(connection, timer.id);
      throw error;
    }
  }

  private async list(connection: Connection, scope: 'active' | 'all' | 'shared'): Promise<ServerMessage> {
    const userId = userOf(connection);
    const limit = MAX_LISTED + 1;
    if (scope === 'shared') return this.listOf(connection, await this.followShared(connection, limit), {});
    const timers =
      scope === 'all'
        ? await this.finder.list(userId, 'mine', {}, { limit, after: undefined })
        : await this.finder.active(userId, limit);
    return this.listOf(connection, timers, {});
  }

  /** As {@link readAndFollow}, for all that are shared. */
  private async followShared(connection: Connection, limit: number): Promise<Timer[]> {
    const userId = userOf(connection);
    this.viewers.followShared(connection);
    const follow = (timers: readonly Timer[]) => {
      for (const timer of timers.slice(0, MAX_LISTED)) this.viewers.follow(connection, timer);
    };
    follow(await this.finder.activeShared(userId, limit));
    const shared = await this.finder.activeShared(userId, limit);
    follow(shared);
    return shared;
  }

  /** What is older than this is no news to the connection any more, and what comes next must not leave a gap. */
  private shown(connection: Connection, { id, revision }: Timer): void {
    connection.delivered.take(id, revision);
    this.stream.shown(id, revision);
  }

  private async listOf(
    connection: Connection,
    found: readonly Timer[],
    extra: { changeId?: string; resync?: true },
  ): Promise<ServerMessage> {
    const userId = userOf(connection);
    const timers = found.slice(0, MAX_LISTED);
    const show = await this.presenter.forSockets(timers);
    for (const timer of timers) this.shown(connection, timer);
    return {
      type: 'timerList',
      timers: show({ userId, zone: connection.zone }),
      ...(found.length > MAX_LISTED ? { truncated: true as const } : {}),
      ...extra,
      fromUser: userId,
    };
  }
}
