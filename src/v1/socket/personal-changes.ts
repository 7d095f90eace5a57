import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { Audience, type Hearing } from '../../access/audience.js';
import { USER_DELETED } from '../../identity/bearer/identity.js';
import type { Signal } from '../../signals/signal.js';
import { Signals } from '../../signals/signals.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import { changeIdOf } from '../../realtime/change-id.js';
import { Hub } from '../../realtime/hub/hub.js';
import type { UserVerb } from '../../realtime/messages.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { TimerPresenter } from '../timers/timer.presenter.js';
import { activityTopic, userTopic } from '../../signals/topics.js';
import { changeMessage, isActivity, type Show } from './timer-messages.js';
import { Viewers } from './viewers.js';

const REMEMBERED_PEOPLE = 10_000;

/**
 * Tells a person's devices, viewers and friends what happens to the person's timers, whichever API acted
 * (docs/spec/v1.md#57-pushes).
 */
@Injectable()
export class PersonalChanges implements OnModuleInit {
  private readonly hearings = new LRUCache<string, Promise<Hearing>>({ max: REMEMBERED_PEOPLE });

  constructor(
    private readonly stream: ChangeStream,
    private readonly hub: Hub,
    private readonly presenter: TimerPresenter,
    private readonly viewers: Viewers,
    private readonly audience: Audience,
    private readonly signals: Signals,
  ) {}

  onModuleInit(): void {
    this.stream.onChange((change) => this.tell(change));
    this.signals.subscribe((signal) => {
      this.forget(signal);
    });
    this.signals.onDistrust(() => {
      this.hearings.clear();
    });
  }

  /** A mark that everything told so far lies before (docs/spec/extensions.md#sockets). */
  changeId(): string {
    return changeIdOf(this.stream.mark);
  }

  /** How a changed timer is shown. */
  async showOf({ timer }: TimerChange): Promise<Show> {
    const show = await this.presenter.forSockets([timer]);
    return (reader) => show(reader)[0] ?? {};
  }

  private async tell(change: TimerChange): Promise<void> {
    const ownerId = change.timer.userId;
    if (ownerId === null) return;
    await this.tellDevices(change, ownerId);
    await this.viewers.tell(change, () => this.showOf(change), this.changeId());
    await this.tellFriends(change, ownerId);
  }

  private async tellDevices(change: TimerChange, ownerId: string): Promise<void> {
    const topic = userTopic(ownerId);
    if (!this.hub.isHeard(topic)) return;
    const show = await this.showOf(change);
    const { id, revision } = change.timer;
    this.hub.broadcast(topic, {
      message: (to) => changeMessage(change, show, to, ownerId),
      at: change.at,
      changeId: this.changeId(),
      timer: { id, revision },
    });
  }

  private async tellFriends(change: TimerChange, ownerId: string): Promise<void> {
    const topic = activityTopic(ownerId);
    if (!isActivity(change) || change.timer.visibilityLevel === 'private' || !this.hub.isHeard(topic)) return;
    const { displayName, sharing } = await this.hearingOf(ownerId);
    if (sharing === 'off') return;
    const { id, title } = change.timer;
    this.hub.broadcast(topic, {
      message: () => ({
        type: 'friendActivity',
        friendId: ownerId,
        displayName,
        action: change.action as UserVerb,
        timerId: id,
        timerTitle: sharing === 'no_title' ? null : title,
      }),
      at: change.at,
    });
  }

  /** Remembered before it is known: a signal that comes while it is looked up makes us forget it, too. */
  private hearingOf(userId: string): Promise<Hearing> {
    const known = this.hearings.get(userId);
    if (known !== undefined) return known;
    const hearing = this.audience.friendsHearingOf(userId);
    this.hearings.set(userId, hearing);
    hearing.catch(() => {
      if (this.hearings.get(userId) === hearing) this.hearings.delete(userId);
    });
    return hearing;
  }

  /** Names, settings and friendships change seldom, so whatever is said of a person makes us ask again. */
  private forget({ topic, kind, body }: Signal): void {
    if (kind === USER_DELETED) this.viewers.forgetOwner(body.user_hash);
    this.hearings.delete(topic.replace(/^user:/, ''));
  }
}
