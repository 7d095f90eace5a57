import { Transform } from 'class-transformer';

import { parseDateTime } from '../time/date-time.js';
import {
  atMost,
  atMostCharacters,
  atMostItems,
  everyItem,
  field,
  type FieldOptions,
  greaterThan,
  isBoolean,
  isList,
  isNumber,
  isOneOf,
  isStorable,
  isString,
  isWhole,
  type Rule,
} from './rules.js';
import { Unreadable } from './unreadable.js';

/** Field decorators of request bodies. Values are not coerced (docs/spec/v1.md#11-requests-and-replies). */

const MAX_LIST = 200;
const MAX_INT = 2_147_483_647;

const together =
  (...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };

/** Converts a value before it is validated; a value that cannot be converted becomes {@link Unreadable}. */
export const readAs = (read: (value: unknown) => unknown): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    value === undefined || value === null ? value : (read(value) ?? new Unreadable(value)),
  );

/** Treats null as absent for a field that cannot be null (docs/spec/v1.md#11-requests-and-replies, PATCH). */
export const NullMeansAbsent = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === null ? undefined : value));

/** A storable text of at most `max` code points. */
export const Text = ({ max, ...options }: FieldOptions & { max: number }): PropertyDecorator =>
  field(options, isString, atMostCharacters(max), isStorable);

/** A title or a name. */
export const Title = (options: FieldOptions = {}): PropertyDecorator => Text({ ...options, max: 255 });

export const Description = (): PropertyDecorator => Text({ max: 10_000 });

/** A duration in whole seconds, greater than 0. */
export const DurationSeconds = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, isNumber, isWhole, greaterThan(0), atMost(MAX_INT));

/** A date-time (docs/spec/v1.md#13-date-times-in), converted to whole seconds since the epoch. */
export const DateTime = (options: FieldOptions & { also?: readonly Rule[] } = {}): PropertyDecorator =>
  together(
    readAs(parseDateTime),
    field(
      options,
      {
        type: 'datetime_from_date_parsing',
        msg: 'Input should be a valid datetime or date',
        ctx: { error: 'not readable, or outside 1970-01-01 to 9999-12-31' },
        schema: { type: ['string', 'number'] },
        holds: (value) => typeof value === 'number',
      },
      ...(options.also ?? []),
    ),
  );

const UUID = /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/** Normalizes a UUID to lower case with hyphens; undefined for any other value. */
export function parseUuid(value: unknown): string | undefined {
  const match = typeof value === 'string' ? UUID.exec(value.trim()) : null;
  return match === null ? undefined : match.slice(1).join('-').toLowerCase();
}

export const isUuid: Rule = {
  type: 'uuid_parsing',
  msg: 'Input should be a valid UUID, unable to parse string as a UUID',
  ctx: { error: 'unable to parse string as a UUID' },
  schema: { type: 'string', maxLength: 64 },
  holds: (value) => typeof value === 'string',
};

export const Uuid = (options: FieldOptions = {}): PropertyDecorator =>
  together(readAs(parseUuid), field(options, isUuid));

/** At most 200 UUIDs; duplicates are removed. */
export const UuidList = (): PropertyDecorator =>
  together(
    readAs((value) => (Array.isArray(value) ? readEach(value) : undefined)),
    field({}, isList, atMostItems(MAX_LIST), everyItem(isUuid)),
  );

function readEach(values: readonly unknown[]): unknown[] {
  // Each unreadable value is a separate object, so the set keeps all of them.
  return [...new Set(values.map((value) => parseUuid(value) ?? new Unreadable(value)))];
}

/** At most 200 texts. */
export const TextList = ({ max }: { max: number }): PropertyDecorator =>
  field(
    {},
    isList,
    atMostItems(MAX_LIST),
    everyItem(isString),
    everyItem(atMostCharacters(max)),
    everyItem(isStorable),
  );

export const OneOf = (values: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
  field(options, isOneOf(values));

export const Flag = (options: FieldOptions = {}): PropertyDecorator => field(options, isBoolean);
