import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';

import type { Schema } from './json-schema.js';
import type { RuleContext } from './problem.js';

export interface Rule extends RuleContext {
  /** The problem type of pydantic v2. */
  readonly type: string;
  /** The message of pydantic v2. */
  readonly msg: string;
  readonly holds: (value: unknown, on: object) => boolean;
  /** The rule as JSON Schema keywords for the API documents; omitted if it has none. */
  readonly schema?: Schema;
}

/** The rules of one field, evaluated in this order until one fails. */
export function rules(...all: readonly Rule[]): PropertyDecorator {
  const decorators = all.map(({ type, msg, holds, ...context }) =>
    ValidateBy(
      {
        name: type,
        validator: {
          validate: (value: unknown, args?: ValidationArguments) => holds(value, args?.object ?? {}),
          defaultMessage: () => msg,
        },
      },
      { context },
    ),
  );
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}

/** Skips validation when the field is absent or null. */
const whenGiven = ValidateIf((_: unknown, value: unknown) => value !== undefined && value !== null);

export interface FieldOptions {
  /** Whether the field must be present; otherwise it may be absent or null. */
  readonly required?: boolean;
}

export const MISSING: Rule = { type: 'missing', msg: 'Field required', holds: (value) => value !== undefined };

/** The rules of a field that is required or may be left out. */
export function field({ required = false }: FieldOptions, ...all: readonly Rule[]): PropertyDecorator {
  const decorate = required ? rules(MISSING, ...all) : rules(...all);
  return (target, property) => {
    if (!required) whenGiven(target, property);
    decorate(target, property);
  };
}

/** The last code point that fits in one code unit. */
const LAST_OF_ONE_UNIT = 0xffff;
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Length in code points (docs/spec/v1.md#11-requests-and-replies). */
export function codePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if ((text.codePointAt(at) ?? 0) > LAST_OF_ONE_UNIT) at += 1;
    count += 1;
  }
  return count;
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
const asNumber = (value: unknown): number => (typeof value === 'number' ? value : NaN);

export const isString: Rule = {
  type: 'string_type',
  msg: 'Input should be a valid string',
  schema: { type: 'string' },
  holds: (value) => typeof value === 'string',
};
export const isStorable: Rule = {
  type: 'value_error',
  msg: 'Value error, text must not contain U+0000 or a lone surrogate',
  ctx: { error: {} },
  holds: (value) => !UNSTORABLE.test(asText(value)),
};
export const atMostCharacters = (max: number): Rule => ({
  type: 'string_too_long',
  msg: `String should have at most ${max} ${max === 1 ? 'character' : 'characters'}`,
  ctx: { max_length: max },
  // A text never has fewer code units than code points, so most texts need no counting.
  schema: { maxLength: max },
  holds: (value) => asText(value).length <= max || codePoints(asText(value)) <= max,
});
export const atLeastCharacters = (min: number): Rule => ({
  type: 'string_too_short',
  msg: `String should have at least ${min} ${min === 1 ? 'character' : 'characters'}`,
  ctx: { min_length: min },
  schema: { minLength: min },
  holds: (value) => codePoints(asText(value)) >= min,
});
export const isNumber: Rule = {
  type: 'int_type',
  msg: 'Input should be a valid integer',
  schema: { type: 'integer' },
  holds: (value) => typeof value === 'number',
};
export const isWhole: Rule = {
  type: 'int_from_float',
  msg: 'Input should be a valid integer, got a number with a fractional part',
  holds: (value) => Number.isInteger(value),
};
export const greaterThan = (limit: number): Rule => ({
  type: 'greater_than',
  msg: `Input should be greater than ${limit}`,
  ctx: { gt: limit },
  schema: { exclusiveMinimum: limit },
  holds: (value) => asNumber(value) > limit,
});
export const atLeast = (limit: number): Rule => ({
  type: 'greater_than_equal',
  msg: `Input should be greater than or equal to ${limit}`,
  ctx: { ge: limit },
  schema: { minimum: limit },
  holds: (value) => asNumber(value) >= limit,
});
export const atMost = (limit: number): Rule => ({
  type: 'less_than_equal',
  msg: `Input should be less than or equal to ${limit}`,
  ctx: { le: limit },
  schema: { maximum: limit },
  holds: (value) => asNumber(value) <= limit,
});
export const isBoolean: Rule = {
  type: 'bool_type',
  msg: 'Input should be a valid boolean',
  schema: { type: 'boolean' },
  holds: (value) => typeof value === 'boolean',
};
export const isList: Rule = {
  type: 'list_type',
  msg: 'Input should be a valid list',
  schema: { type: 'array' },
  holds: Array.isArray,
};
export const atMostItems = (max: number): Rule => ({
  type: 'too_long',
  msg: `List should have at most ${max} items after validation`,
  ctx: { field_type: 'List', max_length: max },
  schema: { maxItems: max },
  holds: (value) => Array.isArray(value) && value.length <= max,
});

/** The expected values, formatted as in pydantic: `'mine', 'shared' or 'all'`. */
export function isOneOf(values: readonly string[]): Rule {
  const quoted = values.map((value) => `'${value}'`);
  const expected =
    quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}` : (quoted[0] ?? '');
  return {
    type: 'enum',
    msg: `Input should be ${expected}`,
    ctx: { expected },
    schema: { type: 'string', enum: values },
    holds: (value) => typeof value === 'string' && values.includes(value),
  };
}

/** Applies a rule to every item of a list. */
export const everyItem = (rule: Rule): Rule => ({
  ...rule,
  schema: { items: rule.schema ?? {} },
  item: (value) => rule.holds(value, {}),
  holds: (value) => Array.isArray(value) && value.every((one) => rule.holds(one, {})),
});

/** A rule with a custom message. */
export const valueRule = (reason: string, holds: Rule['holds'], schema?: Schema): Rule => ({
  type: 'value_error',
  msg: `Value error, ${reason}`,
  ctx: { error: {} },
  holds,
  ...(schema ? { schema } : {}),
});
