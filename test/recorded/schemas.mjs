// Holds values against the schemas of a document, and keeps in mind which of their keys have been seen.
import ajvModule from 'ajv/dist/2020.js';
import formatsModule from 'ajv-formats';

const Ajv = ajvModule.default ?? ajvModule;
const addFormats = formatsModule.default ?? formatsModule;
const PREFIX = '#/components/schemas/';

export class Schemas {
  /** @param components the document's `components.schemas` */
  constructor(components) {
    this.components = components;
    this.seen = new Set();
    this.compiled = new Map();
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    for (const [name, schema] of Object.entries(components)) this.ajv.addSchema(local(schema), name);
  }

  /** @returns what is wrong with a value, in one line; undefined when nothing is */
  problemWith(schema, value) {
    const validate = this.compile(schema);
    if (validate(value)) return undefined;
    const [first, second] = validate.errors.filter(({ keyword }) => !['anyOf', 'oneOf', 'allOf'].includes(keyword));
    return [first ?? validate.errors[0], second].filter(Boolean).map(words).join('; ');
  }

  compile(schema) {
    const known = this.compiled.get(schema);
    if (known) return known;
    const validate = this.ajv.compile(local(schema));
    this.compiled.set(schema, validate);
    return validate;
  }

  /** Marks the keys that a valid value has. @param place what the schema is part of */
  cover(schema, value, place) {
    if (schema.$ref) {
      const name = schema.$ref.slice(PREFIX.length);
      this.cover(this.components[name], value, name);
      return;
    }
    for (const branch of schema.allOf ?? []) this.cover(branch, value, place);
    for (const branch of schema.anyOf ?? []) if (this.compile(branch)(value)) this.cover(branch, value, place);
    if (Array.isArray(value)) for (const item of value) if (schema.items) this.cover(schema.items, item, `${place}[]`);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(schema.properties ?? {})) {
      if (!Object.hasOwn(value, key)) continue;
      this.seen.add(`${place}.${key}`);
      this.cover(part, value[key], `${place}.${key}`);
    }
  }

  /** Every key that a schema has, as `cover` names it; what it refers to is named by itself. */
  keysOf(schema, place) {
    if (schema.$ref) return [];
    const branches = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])].flatMap((branch) => this.keysOf(branch, place));
    const items = schema.items ? this.keysOf(schema.items, `${place}[]`) : [];
    const own = Object.entries(schema.properties ?? {}).flatMap(([key, part]) => [
      `${place}.${key}`,
      ...this.keysOf(part, `${place}.${key}`),
    ]);
    return [...branches, ...items, ...own];
  }

  /** Keys of `components` that no value had. */
  unseen() {
    const all = Object.entries(this.components).flatMap(([name, schema]) => this.keysOf(schema, name));
    return [...new Set(all)].filter((key) => !this.seen.has(key));
  }
}

const words = ({ instancePath, message, params }) =>
  `${instancePath || '/'} ${message}${params.additionalProperty ? ` (${params.additionalProperty})` : ''}`;

/** Names of components are names of schemas here. */
function local(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll(`"$ref":"${PREFIX}`, '"$ref":"'));
}
