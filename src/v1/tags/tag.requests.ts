import { Transform } from 'class-transformer';

import { Description, NullMeansAbsent, readAs, Title, Uuid } from '../../common/validation/fields.js';
import { field, type FieldOptions, isStorable, isString, type Rule, valueRule } from '../../common/validation/rules.js';

const MAX_GOALS = 200;
const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

const isColor = valueRule(
  'color must be # and 3 or 6 hex digits',
  (value) => typeof value === 'string' && COLOR.test(value),
  { pattern: '^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$' },
);

/** A colour as `#` and 3 or 6 hex digits, handed over in upper case (docs/spec/v1.md#8-tags-and-tag-groups). */
const Color =
  (options: FieldOptions = {}): PropertyDecorator =>
  (target, property) => {
    // What is no colour is shown in the answer as it was sent.
    readAs((value) => (typeof value === 'string' && COLOR.test(value) ? value.toUpperCase() : value))(target, property);
    field(options, isString, isColor)(target, property);
  };

/** A name: the same letters are one name, whether they came composed or not (NFC, docs/spec/v1.md#8-tags-and-tag-groups). */
const Name =
  (options: FieldOptions = {}): PropertyDecorator =>
  (target, property) => {
    readAs((value) => (typeof value === 'string' ? value.normalize('NFC') : value))(target, property);
    Title(options)(target, property);
  };

const entriesOf = (value: unknown): [string, unknown][] => Object.entries(value as Record<string, unknown>);

const isDictionary: Rule = {
  type: 'dict_type',
  msg: 'Input should be a valid dictionary',
  schema: { type: 'object' },
  holds: (value) => typeof value === 'object' && !Array.isArray(value),
};
const isSmall: Rule = {
  type: 'too_long',
  msg: `Dictionary should have at most ${MAX_GOALS} items after validation`,
  ctx: { field_type: 'Dictionary', max_length: MAX_GOALS },
  schema: { maxProperties: MAX_GOALS },
  holds: (value) => entriesOf(value).length <= MAX_GOALS,
};
const hasStorableKeys: Rule = {
  ...isStorable,
  schema: {},
  holds: (value) => entriesOf(value).every(([key]) => isStorable.holds(key, {})),
};
const hasNumbers: Rule = {
  type: 'float_type',
  msg: 'Input should be a valid number',
  schema: { additionalProperties: { type: 'number' } },
  // JSON has 1e999, which is read as infinite and cannot be said again.
  holds: (value) => entriesOf(value).every(([, goal]) => Number.isFinite(goal)),
};

/** An object of numbers; keys and values are free (docs/spec/v1.md#8-tags-and-tag-groups). */
const GoalRatios = (): PropertyDecorator => (target, property) => {
  // As sent: a copy would leave out keys that objects have anyway, such as `toString`.
  Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key])(target, property);
  field({}, isDictionary, isSmall, hasStorableKeys, hasNumbers)(target, property);
};

type Goals = Record<string, number>;

export class NewTagGroupRequest {
  @Name({ required: true })
  name!: string;

  @Color({ required: true })
  color!: string;

  @Description()
  description?: string | null;

  @GoalRatios()
  goal_ratios?: Goals | null;
}

export class TagGroupPatch {
  @NullMeansAbsent()
  @Name()
  name?: string;

  @NullMeansAbsent()
  @Color()
  color?: string;

  @Description()
  description?: string | null;

  @GoalRatios()
  goal_ratios?: Goals | null;
}

export class NewTagRequest {
  @Name({ required: true })
  name!: string;

  @Color({ required: true })
  color!: string;

  @Uuid({ required: true })
  group_id!: string;

  @Description()
  description?: string | null;
}

/** A tag stays in its group: a `group_id` is an unknown key here (docs/spec/v1.md#8-tags-and-tag-groups). */
export class TagPatch {
  @NullMeansAbsent()
  @Name()
  name?: string;

  @NullMeansAbsent()
  @Color()
  color?: string;

  @Description()
  description?: string | null;
}
