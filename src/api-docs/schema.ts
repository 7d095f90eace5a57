import type { Schema, Schemas } from '../common/validation/json-schema.js';

export { nullable, type Schema, type Schemas } from '../common/validation/json-schema.js';

/** Building blocks of JSON Schema 2020-12, which OpenAPI 3.1 and AsyncAPI 3 share. */

/** A reference to a schema of `components`. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

interface ObjectOptions {
  /** Keys that may be absent; all others are always present (docs/spec/v1.md#11-requests-and-replies). */
  readonly optional?: readonly string[];
  readonly description?: string;
}

/** The schema of a reply: exactly these keys, so that tests detect an undocumented one. */
export const answered = (properties: Schemas, { optional = [], ...more }: ObjectOptions = {}): Schema => ({
  type: 'object',
  ...more,
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  additionalProperties: false,
});

/**
 * The schema of a request body. Unknown keys are ignored (docs/spec/v1.md#11-requests-and-replies).
 * @param required the keys that must be present
 */
export const sent = (properties: Schemas, required: readonly string[] = [], description?: string): Schema => ({
  type: 'object',
  ...(description === undefined ? {} : { description }),
  properties,
  ...(required.length > 0 ? { required } : {}),
});

export const text = (description?: string, more: Schema = {}): Schema => ({
  type: 'string',
  ...described(description),
  ...more,
});

export const whole = (description?: string, more: Schema = {}): Schema => ({
  type: 'integer',
  ...described(description),
  ...more,
});

export const flag = (description?: string, more: Schema = {}): Schema => ({
  type: 'boolean',
  ...described(description),
  ...more,
});

export const listOf = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more });

export const oneOfWords = (words: readonly string[], description?: string, more: Schema = {}): Schema => ({
  type: 'string',
  enum: words,
  ...described(description),
  ...more,
});

/** A constant value. */
export const always = (value: string | number | boolean, description?: string): Schema => ({
  type: typeof value === 'number' ? 'integer' : typeof value,
  const: value,
  ...described(description),
});

const described = (description: string | undefined): Schema => (description === undefined ? {} : { description });

export const uuid = (description?: string): Schema => text(description, { format: 'uuid' });

export const UTC_PATTERN = String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$`;
const ZONED_PATTERN = String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$`;

/** A date-time in a v1 reply: whole seconds, in the requested zone (docs/spec/v1.md#14-date-times-out). */
export const instant = (description?: string): Schema =>
  text(description, { format: 'date-time', pattern: ZONED_PATTERN, examples: ['2026-01-28T10:00:00Z'] });

/** A date-time that is always in UTC. */
export const utcInstant = (description?: string): Schema =>
  text(description, { format: 'date-time', pattern: UTC_PATTERN, examples: ['2026-01-28T10:00:00Z'] });

/** A date-time in a request (docs/spec/v1.md#13-date-times-in). */
export const instantSent = (description: string): Schema => ({
  type: ['string', 'number'],
  description: `${description} ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds.`,
});
