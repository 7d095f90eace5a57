import type { Type } from '@nestjs/common';

import { describeFields, type FieldNotes } from '../../common/validation/request-schema.js';
import type { Schema } from '../schema.js';

/** Building blocks of the OpenAPI document that all APIs share. */

/** A part of the document, as OpenAPI defines it. */
export type Part = Readonly<Record<string, unknown>>;

/** Operations by path and method. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Part>>>>;

/** HTTP status → response. */
export type Responses = Readonly<Record<string, Part>>;

export const response = (name: string): Part => ({ $ref: `#/components/responses/${name}` });
export const parameter = (name: string): Part => ({ $ref: `#/components/parameters/${name}` });

/** Headers by their names in `components`. */
export const headers = (...names: readonly string[]): Part =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name.replaceAll('-', '')}` }]));

/** A status with `Retry-After` in some cases only. */
export const SOMETIMES_RETRY: Part = { 'Retry-After': { $ref: '#/components/headers/RetryAfterSometimes' } };

/** Headers of every HTTP response. */
export const EVERYWHERE = headers(
  'X-Request-Id',
  'X-Server-Time',
  'X-Content-Type-Options',
  'Strict-Transport-Security',
);

/** Rate limit headers of every counted response. */
export const COUNTED = headers('X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset');

/** Named examples; a single one is called `default`. */
export type Examples = Readonly<Record<string, unknown>>;

const named = (examples: Examples): Part =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

/** JSON content of one schema. */
export const json = (schema: Schema, examples?: Examples): Part => ({
  'application/json': { schema, ...(examples === undefined ? {} : { examples: named(examples) }) },
});

export const pathPart = (name: string, description: string, schema: Schema): Part => ({
  name,
  in: 'path',
  required: true,
  description,
  schema,
});

interface QueryOptions {
  readonly required?: boolean;
}

export const query = (
  name: string,
  description: string,
  schema: Schema,
  { required = false }: QueryOptions = {},
): Part => ({
  name,
  in: 'query',
  required,
  description,
  schema,
});

/** In the notes of {@link queriesOf}: a date-time. */
export const instantNote = (description: string): Schema => ({
  description: `${description} ISO 8601; no offset means UTC; a bare date is 00:00.`,
  examples: ['2026-01-28T10:00:00Z'],
});

/**
 * In the notes of {@link queriesOf}: a list, whose key is repeated or whose items are joined by commas
 * (docs/spec/v1.md#11-requests-and-replies).
 */
export const listNote = (description: string): Schema => ({
  description: `${description} Repeat the key or use commas.`,
});

/**
 * The query parameters of a call, made from the rules of its class.
 * @param notes of the fields that are described here; fields that many calls share are not repeated
 */
export const queriesOf = (type: Type<object>, notes: FieldNotes): readonly Part[] =>
  describeFields(type, notes)
    .filter(({ name }) => name in notes)
    .map(({ name, schema: { description = '', ...schema }, isRequired }) => ({
      ...query(name, String(description), schema, { required: isRequired }),
      ...(schema['type'] === 'array' ? { style: 'form', explode: true } : {}),
    }));

/** A JSON body. */
export const jsonBody = (schema: Schema, examples: Examples, required = true): Part => ({
  required,
  content: json(schema, examples),
});

/** A response with additional headers; coverage counts it as the shared one. */
export function withHeaders(shared: Part, name: string, more: Part): Part {
  return {
    ...shared,
    headers: { ...(shared['headers'] as Part), ...more },
    'x-same-as': `#/components/responses/${name}`,
  };
}
