import { DateTime, DurationSeconds, Flag, OneOf, Title, UuidList } from './fields.js';
import { QueryWhole } from './query-fields.js';
import { describeFields, schemaOf } from './request-schema.js';
import { field, valueRule } from './rules.js';

class Base {
  @Flag()
  cookie?: boolean | null;
}

class Sent extends Base {
  @DurationSeconds({ required: true })
  seconds!: number;

  @Title()
  title?: string | null;

  @UuidList()
  ids?: string[] | null;

  @DateTime()
  at?: number | null;

  @OneOf(['a', 'b'])
  kind?: string | null;
}

class Untyped {
  @field({}, valueRule('odd', () => true))
  odd?: unknown;
}

it('makes a schema of the rules: types, limits, what is required and what may be null', () => {
  const notes = { seconds: 'How long.', ids: { items: { description: 'One.' } } };
  expect(schemaOf(Sent, notes, { description: 'All.' })).toEqual({
    type: 'object',
    description: 'All.',
    properties: {
      seconds: { type: 'integer', exclusiveMinimum: 0, maximum: 2_147_483_647, description: 'How long.' },
      title: { type: ['string', 'null'], maxLength: 255 },
      ids: {
        type: ['array', 'null'],
        maxItems: 200,
        items: { type: 'string', maxLength: 64, description: 'One.' },
      },
      at: { type: ['string', 'number', 'null'] },
      kind: { type: ['string', 'null'], enum: ['a', 'b', null] },
      cookie: { type: ['boolean', 'null'] },
    },
    required: ['seconds'],
  });
});

it('describes the fields of a query without null', () => {
  class Page {
    @QueryWhole({ min: 1, max: 9 })
    limit?: number | null;
  }
  const limit = { type: 'integer', minimum: 1, maximum: 9, default: 5 };
  expect(describeFields(Page, { limit: { default: 5 } })).toEqual([
    { name: 'limit', schema: limit, isRequired: false, isOptional: true },
  ]);
});

it('refuses a note about an unknown field, and a field without a type', () => {
  expect(() => schemaOf(Sent, { secnods: 'How long.' })).toThrow('Sent has no field secnods');
  expect(() => schemaOf(Untyped)).toThrow('Untyped.odd has no rule that names a type');
});
