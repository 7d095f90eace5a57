import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { VisibilityNotFoundError } from '../../access/errors.js';
import {
  type Resource,
  type ResourceType,
  Visibility,
  type VisibilityChoice,
  type VisibilitySetting,
} from '../../access/visibility.js';
import { Database } from '../../database/database.js';
import { Transactions } from '../../database/transactions.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { tickAt } from '../../timer-domain/rules/decide.js';
import { TimerLinks } from '../../timer-domain/timer-links.js';
import { V1Error } from '../http/v1-error.js';

/** Whose a resource is. A room's session is nobody's to share: it does not exist here. */
const OWNERS: Readonly<Record<ResourceType, string>> = {
  schedule: 'SELECT owner_id FROM schedules WHERE id = $1',
  timer: 'SELECT user_id AS owner_id FROM timers WHERE id = $1 AND user_id IS NOT NULL',
  todo: 'SELECT owner_id FROM todos WHERE id = $1',
};
/** The resource is neither deleted nor commanded before the commit. */
const HELD = 'FOR NO KEY UPDATE';

/** Who may read a person's schedules, todos and timers, as that person wants it (docs/spec/v1.md#11-visibility). */
@Injectable()
export class Sharing {
  constructor(
    private readonly visibility: Visibility,
    private readonly timerLinks: TimerLinks,
    private readonly transactions: Transactions,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws VisibilityNotFoundError; V1Error AccessDeniedError for anybody but the owner */
  async get(userId: string, type: ResourceType, id: string): Promise<VisibilitySetting> {
    await ownResource(this.database.manager, userId, { type, id });
    return this.visibility.get(type, id);
  }

  /** @throws as {@link get}, but for what was never set; CannotShareWithNonFriendError */
  set(userId: string, type: ResourceType, id: string, choice: VisibilityChoice): Promise<VisibilitySetting> {
    return this.transactions.of(userId).run(async (transaction) => {
      const resource = await ownResource(transaction.manager, userId, { type, id }, HELD);
      const setting = await this.visibility.set(transaction, resource, choice, tickAt(this.clock.now()));
      if (type === 'timer') await this.timerLinks.setVisibilityLevel(transaction, id, setting.level, userId);
      return setting;
    });
  }

  /** Private again, also when it always was. @throws as {@link get}, but for what was never set */
  remove(userId: string, type: ResourceType, id: string): Promise<void> {
    return this.transactions.of(userId).run(async (transaction) => {
      const resource = await ownResource(transaction.manager, userId, { type, id }, HELD);
      const removed = await this.visibility.remove(transaction, resource);
      if (removed && type === 'timer') await this.timerLinks.setVisibilityLevel(transaction, id, null, userId);
    });
  }
}

async function ownResource(
  manager: EntityManager,
  userId: string,
  { type, id }: Omit<Resource, 'ownerId'>,
  held = '',
): Promise<Resource> {
  const [found]: { owner_id: string }[] = await manager.query(`${OWNERS[type]} ${held}`, [id]);
  if (found === undefined) throw new VisibilityNotFoundError();
  if (found.owner_id !== userId) throw new V1Error('AccessDeniedError');
  return { type, id, ownerId: userId };
}
