import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

import { nullable, type Schema, type Schemas } from './json-schema.js';
import { MISSING, type Rule } from './rules.js';

/** An addition to the schema of a field: its description, or further keywords. */
export type FieldNote = string | Schema;

interface Field {
  readonly keywords: Schema;
  readonly isRequired: boolean;
  /** The field is not validated when it is absent or null. */
  readonly isOptional: boolean;
}

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** A field as it appears in an API document. */
export interface DescribedField {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly isOptional: boolean;
}

/** Additions by field name. */
export type FieldNotes = Readonly<Record<string, FieldNote>>;

/**
 * The fields of a request class with the schemas derived from their rules, so that each limit is defined once.
 * @param notes by field; every key must be a field of the class
 * @throws Error for a note on an unknown field, and for a field whose rules do not define a type
 */
export function describeFields(type: Type<object>, notes: FieldNotes = {}): DescribedField[] {
  const fields = fieldsOf(type);
  const unknown = Object.keys(notes).filter((name) => !fields.has(name));
  if (unknown.length > 0) throw new Error(`${type.name} has no field ${unknown.join(', ')}`);
  return [...fields].map(([name, { keywords, ...field }]) => {
    const note = notes[name] ?? {};
    const schema = merged(keywords, typeof note === 'string' ? { description: note } : note);
    if (!('type' in schema)) throw new Error(`${type.name}.${name} has no rule that names a type`);
    return { name, schema, ...field };
  });
}

/**
 * The schema of a body. Unknown keys are ignored (docs/spec/v1.md#11-requests-and-replies), so the schema allows them.
 * @param more keywords of the object
 */
export function schemaOf(type: Type<object>, notes: FieldNotes = {}, more: Schema = {}): Schema {
  const fields = describeFields(type, notes);
  const properties = fields.map(({ name, schema, isOptional }) => [name, isOptional ? nullable(schema) : schema]);
  const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: 'object',
    ...more,
    properties: Object.fromEntries(properties) as Schemas,
    ...(required.length > 0 ? { required } : {}),
  };
}

function fieldsOf(type: Type<object>): Map<string, Field> {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  const names = [...new Set(metadata.map(({ propertyName }) => propertyName))];
  return new Map(names.map((name) => [name, fieldOf(metadata.filter(({ propertyName }) => propertyName === name))]));
}

function fieldOf(metadata: readonly Metadata[]): Field {
  const schemas = metadata.map(({ context }) => (context as Partial<Rule> | undefined)?.schema ?? {});
  return {
    keywords: schemas.reduce(merged, {}),
    isRequired: metadata.some(({ name }) => name === MISSING.type),
    isOptional: metadata.some(({ type }) => type === 'conditionalValidation'),
  };
}

/** Merges two sets of keywords, including those of `items`. */
function merged(one: Schema, other: Schema): Schema {
  const items = [one['items'], other['items']].filter((part) => part !== undefined) as Schema[];
  return { ...one, ...other, ...(items.length > 0 ? { items: Object.assign({}, ...items) as Schema } : {}) };
}
