import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

import type { Seconds } from '../common/time/date-time.js';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/transactions.js';
import { userTopic } from '../signals/topics.js';
import { Signals } from '../signals/signals.js';
import { CannotShareWithNonFriendError, VisibilityNotFoundError } from './errors.js';
import { sharedWith } from './access-conditions.sql.js';
import { LOCK_FRIENDS } from './friendships.sql.js';
import { VisibilitySetting as SettingRow } from './visibility-setting.entity.js';
import { EXPORT, FORGET, LEVELS, MAY_READ, READ, UPSERT } from './visibility.sql.js';

export const RESOURCE_TYPES = ['schedule', 'timer', 'todo'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

/** From nobody to everybody; what each lets in: docs/spec/v1.md#11-visibility. */
export const VISIBILITY_LEVELS = ['private', 'friends', 'selected', 'allowed_emails', 'public'] as const;
export type VisibilityLevel = (typeof VISIBILITY_LEVELS)[number];

/** What somebody may be let to read. */
export interface Resource {
  readonly type: ResourceType;
  readonly id: string;
  readonly ownerId: string;
}

/** Whom the owner wants to let in. Lists that do not belong to the level are not looked at. */
export interface VisibilityChoice {
  readonly level: VisibilityLevel;
  /** Accepted friends of the owner; only with `selected`. */
  readonly allowedUserIds: readonly string[];
  /** Normalised; these and the domains only with `allowed_emails`. */
  readonly allowedEmails: readonly string[];
  /** Lower-case. */
  readonly allowedDomains: readonly string[];
}

export interface VisibilitySetting extends VisibilityChoice {
  readonly id: string;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly ownerId: string;
  readonly createdAt: Seconds;
  readonly updatedAt: Seconds;
}

/** Kind of the signal that who may read an item was changed: body `{resource_type, resource_id, owner_id}`. */
export const VISIBILITY_CHANGED = 'visibility.changed';

/** Who may read whose schedules, todos and timers (docs/spec/v1.md#11-visibility). */
@Injectable()
export class Visibility {
  constructor(
    private readonly database: Database,
    private readonly signals: Signals,
  ) {}

  /** The owner always may; anybody else as the item's setting says, and nobody across a block. */
  async mayRead(readerId: string, { type, id, ownerId }: Resource): Promise<boolean> {
    return (await this.mayReadMany(readerId, type, [{ id, ownerId }])).has(id);
  }

  /** @returns the ids of those that the reader may read */
  async mayReadMany(
    readerId: string,
    type: ResourceType,
    items: readonly Pick<Resource, 'id' | 'ownerId'>[],
  ): Promise<Set<string>> {
    const own = items.filter(({ ownerId }) => ownerId === readerId).map(({ id }) => id);
    const others = items.filter(({ ownerId }) => ownerId !== readerId).map(({ id }) => id);
    if (others.length === 0) return new Set(own);
    const rows: { id: string }[] = await this.database.query(MAY_READ, [readerId, type, others]);
    return new Set([...own, ...rows.map(({ id }) => id)]);
  }

  /** The level of each item that has one: `visibility_level`, which readers see too; absent means never set. */
  async levels(type: ResourceType, ids: readonly string[]): Promise<Map<string, VisibilityLevel>> {
    if (ids.length === 0) return new Map();
    const rows: { id: string; level: VisibilityLevel }[] = await this.database.query(LEVELS, [type, ids]);
    return new Map(rows.map(({ id, level }) => [id, level]));
  }

  /**
   * SQL that is true for items of others that `scope=shared` lists (docs/spec/v1.md#11-visibility): what passes by
   * friendship or by a list.
   * @param readerParam the parameter with the reader's id, such as `$1`
   * @param alias of the table of schedules, todos or timers; its `id` is looked at
   */
  sharedCondition(readerParam: string, type: ResourceType, alias: string): string {
    // An array, not IN: beside OR that would read the whole table, and this its index.
    return `${alias}.id = ANY (ARRAY(${sharedWith(`${readerParam}::text`, type)}))`;
  }

  /** @throws VisibilityNotFoundError when it was never set */
  async get(type: ResourceType, id: string): Promise<VisibilitySetting> {
    const [setting] = await this.database.query<VisibilitySetting>(READ, [type, id]);
    if (setting === undefined) throw new VisibilityNotFoundError();
    return setting;
  }

  /**
   * Sets who may read a resource, in place of whatever was set before. The caller holds the resource's row, so that it
   * is not deleted meanwhile.
   * @param at the clock's tick
   * @throws CannotShareWithNonFriendError
   */
  async set(
    transaction: Transaction,
    resource: Resource,
    choice: VisibilityChoice,
    at: Seconds,
  ): Promise<VisibilitySetting> {
    const { level, allowedUserIds, allowedEmails, allowedDomains } = onlyListsOf(choice);
    await requireFriends(this.database, resource.ownerId, allowedUserIds);
    const [setting] = await this.database.query<VisibilitySetting>(UPSERT, [
      randomUUID(),
      resource.type,
      resource.id,
      resource.ownerId,
      level,
      allowedUserIds,
      allowedEmails,
      allowedDomains,
      at,
    ]);
    await this.announce(transaction, resource);
    if (setting === undefined) throw new VisibilityNotFoundError();
    return setting;
  }

  /** Makes a resource private again. @returns false when nothing was set */
  async remove(transaction: Transaction, resource: Resource): Promise<boolean> {
    const where = { resourceType: resource.type, resourceId: resource.id };
    const { affected } = await this.database.repository(SettingRow).delete(where);
    if (affected === 0) return false;
    await this.announce(transaction, resource);
    return true;
  }

  /** The settings of items that are being deleted go with them; the items' own deletion tells everybody. */
  async forget({ manager }: Pick<Transaction, 'manager'>, type: ResourceType, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await manager.query(FORGET, [type, ids]);
  }

  /** All settings of a person, for their export. */
  exportOf(userId: string): Promise<VisibilitySetting[]> {
    return this.database.query(EXPORT, [userId]);
  }

  private announce(transaction: Transaction, { type, id, ownerId }: Resource): Promise<void> {
    const body = { resource_type: type, resource_id: id, owner_id: ownerId };
    return this.signals.add(transaction, { topic: userTopic(ownerId), kind: VISIBILITY_CHANGED, body });
  }
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

/** The lists that the level reads; the others are emptied (docs/spec/v1.md#11-visibility). */
function onlyListsOf({ level, allowedUserIds, allowedEmails, allowedDomains }: VisibilityChoice): VisibilityChoice {
  return {
    level,
    allowedUserIds: level === 'selected' ? distinct(allowedUserIds) : [],
    allowedEmails: level === 'allowed_emails' ? distinct(allowedEmails) : [],
    allowedDomains: level === 'allowed_emails' ? distinct(allowedDomains) : [],
  };
}

/**
 * Everybody named is an accepted friend, and stays one until the commit: whoever ends the friendship meanwhile waits,
 * and then finds the list to take the friend from.
 */
async function requireFriends(database: Database, ownerId: string, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  const friends = await database.query(LOCK_FRIENDS, [ownerId, userIds]);
  if (friends.length < userIds.length) throw new CannotShareWithNonFriendError();
}
