/** The keywords of a JSON Schema (2020-12, which OpenAPI 3.1 and AsyncAPI 3 share). */
export type Schema = Readonly<Record<string, unknown>>;

export type Schemas = Readonly<Record<string, Schema>>;

/** The schema, extended to allow null. */
export function nullable(schema: Schema): Schema {
  if ('$ref' in schema || !('type' in schema)) return { anyOf: [schema, { type: 'null' }] };
  const { type, ...keywords } = schema;
  const words = keywords['enum'] as readonly unknown[] | undefined;
  return { type: [type, 'null'].flat(), ...keywords, ...(words ? { enum: [...words, null] } : {}) };
}
