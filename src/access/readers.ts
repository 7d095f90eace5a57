import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import type { Resource } from './visibility.js';
import { readersOf } from './visibility.sql.js';

/** How somebody else may read an item. */
export interface Reading {
  /** Whether `scope=shared` lists it for them; a stranger's public item is only read by its id. */
  readonly listed: boolean;
}

/** The same sentences asked the other way round: who of these people may read one item. */
@Injectable()
export class Readers {
  constructor(private readonly database: Database) {}

  /** @returns those of them who may, the owner never among them */
  async among(userIds: readonly string[], { type, id }: Pick<Resource, 'type' | 'id'>): Promise<Map<string, Reading>> {
    if (userIds.length === 0) return new Map();
    const rows: { reader: string; listed: boolean }[] = await this.database.query(readersOf(type), [userIds, id]);
    return new Map(rows.map(({ reader, listed }) => [reader, { listed }]));
  }
}
