import { parseQueryDateTime } from '../time/date-time.js';
import { isUuid, parseUuid, readAs } from './fields.js';
import {
  atLeast,
  atMost,
  atMostCharacters,
  atMostItems,
  everyItem,
  field,
  isList,
  isOneOf,
  isString,
  type Rule,
} from './rules.js';

/**
 * Field decorators of query strings. Every value is text; lists repeat the key or use commas
 * (docs/spec/v1.md#11-requests-and-replies).
 */

/** Maximum number of items of a list; each invalid item is reported. */
const MAX_LIST = 200;

const together =
  (...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };

/** The last value of a repeated key is used. */
const last = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

const parts = (value: unknown): string[] =>
  [value]
    .flat()
    .flatMap((one) => String(one).split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '');

const FLAGS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

/** `true`/`false`, `1`/`0`, `yes`/`no` or `on`/`off`, in any case. */
export const QueryFlag = (): PropertyDecorator =>
  together(
    readAs((value) => FLAGS.get(String(last(value)).toLowerCase())),
    field(
      {},
      {
        type: 'bool_parsing',
        msg: 'Input should be a valid boolean, unable to interpret input',
        schema: { type: 'boolean' },
        holds: (value) => typeof value === 'boolean',
      },
    ),
  );

export const QueryWhole = ({ min, max }: { min: number; max: number }): PropertyDecorator =>
  together(
    readAs((value) => (/^[+-]?\d{1,15}$/.test(String(last(value))) ? Number(last(value)) : undefined)),
    field(
      {},
      {
        type: 'int_parsing',
        msg: 'Input should be a valid integer, unable to parse string as an integer',
        schema: { type: 'integer' },
        holds: (value) => typeof value === 'number',
      },
      atLeast(min),
      atMost(max),
    ),
  );

export const QueryText = ({ max, required = false }: { max: number; required?: boolean }): PropertyDecorator =>
  together(
    readAs((value) => last(value)),
    field({ required }, isString, atMostCharacters(max)),
  );

/** One of these words, in exactly this case. */
export const QueryOneOf = (values: readonly string[]): PropertyDecorator =>
  together(
    readAs((value) => last(value)),
    field({}, isOneOf(values)),
  );

/** Some of these words, in any case; delivered in the case given here. */
export const QuerySome = (values: readonly string[]): PropertyDecorator =>
  together(
    readAs((value) =>
      parts(value).map((part) => values.find((one) => one.toLowerCase() === part.toLowerCase()) ?? part),
    ),
    field({}, isList, atMostItems(MAX_LIST), everyItem(isOneOf(values))),
  );

/** Lists deliver the values as they were sent, so that the reply can show invalid ones. */
const isUuidText: Rule = { ...isUuid, holds: (value) => parseUuid(value) !== undefined };

export const QueryUuid = ({ required = false } = {}): PropertyDecorator =>
  together(
    readAs((value) => parseUuid(last(value)) ?? last(value)),
    field({ required }, isUuidText),
  );

export const QueryUuids = (): PropertyDecorator =>
  together(
    readAs((value) => [...new Set(parts(value).map((part) => parseUuid(part) ?? part))]),
    field({}, isList, atMostItems(MAX_LIST), everyItem(isUuidText)),
  );

/** A date-time, delivered as whole seconds since the epoch. */
export const QueryDateTime = ({ required = false } = {}): PropertyDecorator =>
  together(
    readAs((value) => parseQueryDateTime(last(value))),
    field(
      { required },
      {
        type: 'datetime_from_date_parsing',
        msg: 'Input should be a valid datetime or date',
        ctx: { error: 'not readable, or outside 1970-01-01 to 9999-12-31' },
        schema: { type: 'string' },
        holds: (value) => typeof value === 'number',
      },
    ),
  );
