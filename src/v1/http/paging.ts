import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { InvalidRequestError } from '../../common/validation/problem.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import type { ListQuery } from './list.requests.js';

const DEFAULT_LIMIT = 500;

export const limitOf = ({ limit }: ListQuery): number => limit ?? DEFAULT_LIMIT;

/** What a list is ordered by, of the last item of a page. */
export type CursorKey = readonly (string | number | boolean | null)[];

/**
 * The key a cursor stands for; undefined on the first page.
 * @param length how many parts this list's keys have
 * @throws InvalidRequestError for what is no cursor of this list
 */
export function keyOf({ cursor }: ListQuery, length: number): CursorKey | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  const key = decode(cursor);
  if (key?.length === length) return key;
  const problem = { type: 'value_error', loc: ['query', 'cursor'], msg: 'Value error, unusable cursor', input: cursor };
  throw new InvalidRequestError([{ ...problem, ctx: { error: {} } }]);
}

const isPart = (part: unknown): part is CursorKey[number] =>
  part === null || ['string', 'number', 'boolean'].includes(typeof part);

function decode(cursor: string): CursorKey | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(key) && key.every(isPart) ? key : undefined;
  } catch {
    return undefined;
  }
}

const encode = (key: CursorKey): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** Cuts lists into pages and says in the `Link` header where the next one is. */
@Injectable()
export class Pages {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /**
   * @param fetched in order, one more than `limit` when more follows
   * @param keyOfItem what the list is ordered by, unique within it
   * @returns at most `limit` of them
   */
  cut<Item>(
    response: Response,
    fetched: readonly Item[],
    limit: number,
    keyOfItem: (item: Item) => CursorKey,
  ): readonly Item[] {
    if (fetched.length <= limit) return fetched;
    const page = fetched.slice(0, limit);
    const last = page.at(-1);
    if (last !== undefined) this.announceNext(response, keyOfItem(last));
    return page;
  }

  private announceNext(response: Response, key: CursorKey): void {
    const url = new URL(response.req.originalUrl, this.settings.http.publicUrl);
    url.searchParams.set('cursor', encode(key));
    response.append('Link', `<${this.settings.http.publicUrl}${url.pathname}${url.search}>; rel="next"`);
  }
}
