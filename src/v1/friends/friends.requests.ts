import { readAs } from '../../common/validation/fields.js';
import { UUID } from '../../common/validation/uuid.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { QueryText, QueryWhole } from '../../common/validation/query-fields.js';
import {
  atLeastCharacters,
  atMostCharacters,
  isStorable,
  isString,
  type Rule,
  rules,
  valueRule,
} from '../../common/validation/rules.js';
import type { Stretch } from '../../access/friend-lists.js';
import { normalizeEmail } from '../../identity/users/email-address.js';
import { keyOf, limitOf } from '../http/paging.js';

/** `/{user_id}`: opaque, at most 255 characters (docs/spec/v1.md#11-requests-and-replies); it may be nobody's. */
export class UserPath {
  @rules(isString, atMostCharacters(255), isStorable)
  user_id!: string;
}

const givenOnly = (rule: Rule): Rule => ({
  ...rule,
  holds: (value, on) => value === undefined || rule.holds(value, on),
});

const oneKey = valueRule('exactly one of email and friend_code is wanted', (_, on) => {
  const { email, friend_code: code } = on as FriendRequestBody;
  return (email === undefined) !== (code === undefined);
});

const isAddress = valueRule('text@text with one @ and no spaces', (value) => typeof value === 'string', {
  type: 'string',
});

/** Whom to ask: exactly one key, and null is no address and no code (docs/spec/v1.md#10-friends). */
export class FriendRequestBody {
  @readAs((value) => (typeof value === 'string' ? normalizeEmail(value) : undefined))
  @rules(oneKey, givenOnly(isAddress))
  email?: string;

  @readAs((value) => (typeof value === 'string' ? value.trim() : value))
  @rules(...[isString, atLeastCharacters(1), atMostCharacters(255), isStorable].map(givenOnly))
  friend_code?: string;
}

/** The query of every list here; nothing in it is zoned (docs/spec/v1.md#15-timezone). */
export class FriendListQuery {
  @QueryWhole({ min: 1, max: 1_000 })
  limit?: number | null;

  /** Opaque: where the page before ended. */
  @QueryText({ max: 2_000 })
  cursor?: string | null;
}

/**
 * What a page is cut from: one more than the page holds, behind the one that the cursor names.
 * @throws InvalidRequestError for what is no cursor of these lists
 */
export function stretchOf(query: FriendListQuery): Stretch {
  const limit = limitOf(query) + 1;
  const key = keyOf(query, 2);
  if (key === undefined) return { limit };
  const [at, id] = key;
  if (Number.isSafeInteger(at) && UUID.test(String(id))) return { limit, after: { at: Number(at), id: String(id) } };
  throw new InvalidRequestError([
    {
      type: 'value_error',
      loc: ['query', 'cursor'],
      msg: 'Value error, unusable cursor',
      input: query.cursor,
      ctx: { error: {} },
    },
  ]);
}
