import { listOf, type Schema, text } from '../schema.js';

/** Pieces of an OpenAPI document that every generation is made of. */

/** A part of the document: what its keys mean is OpenAPI's to say. */
export type Part = Readonly<Record<string, unknown>>;

/** Method → operation, of each path. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Part>>>>;

/** HTTP status → response. */
export type Responses = Readonly<Record<string, Part>>;

export const response = (name: string): Part => ({ $ref: `#/components/responses/${name}` });
export const parameter = (name: string): Part => ({ $ref: `#/components/parameters/${name}` });

/** Headers by their names in `components`. */
export const headers = (...names: readonly string[]): Part =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name.replaceAll('-', '')}` }]));

/** A status that has `Retry-After` for some of its reasons only. */
export const SOMETIMES_RETRY: Part = { 'Retry-After': { $ref: '#/components/headers/RetryAfterSometimes' } };

/** On every HTTP answer of the server. */
export const EVERYWHERE = headers(
  'X-Request-Id',
  'X-Server-Time',
  'X-Content-Type-Options',
  'Strict-Transport-Security',
);

/** Where its caller stands, on every counted answer. */
export const COUNTED = headers('X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset');

/** Named examples; a single one is called `default`. */
export type Examples = Readonly<Record<string, unknown>>;

const named = (examples: Examples): Part =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

/** JSON of one shape. */
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

/** A list in the query: the key repeated, or commas (v1.md 1.1). */
export const queryList = (name: string, description: string, items: Schema): Part => ({
  ...query(name, `${description} Repeat the key or use commas.`, listOf(items)),
  style: 'form',
  explode: true,
});

export const queryInstant = (name: string, description: string, options?: QueryOptions): Part =>
  query(
    name,
    `${description} ISO 8601; no offset means UTC; a bare date is 00:00.`,
    text(undefined, { examples: ['2026-01-28T10:00:00Z'] }),
    options,
  );

/** A JSON body. */
export const jsonBody = (schema: Schema, examples: Examples, required = true): Part => ({
  required,
  content: json(schema, examples),
});

/** A response that adds headers to another one; coverage counts it as that one. */
export function withHeaders(shared: Part, name: string, more: Part): Part {
  return {
    ...shared,
    headers: { ...(shared['headers'] as Part), ...more },
    'x-same-as': `#/components/responses/${name}`,
  };
}
