import { readAs } from '../../common/validation/fields.js';
import { field, type Rule, valueRule } from '../../common/validation/rules.js';
import { parseDay } from './days.js';

const isDate: Rule = {
  type: 'date_from_datetime_parsing',
  msg: 'Input should be a valid date or datetime',
  ctx: { error: 'not a date from 1970-01-01 to 9999-12-31' },
  schema: { type: 'string', format: 'date' },
  holds: (value) => parseDay(value) !== undefined,
};

/** A date `YYYY-MM-DD` of a query, left as it was sent; of a key that is repeated the last counts. */
export const QueryDate =
  ({ required = false, also = [] }: { required?: boolean; also?: readonly Rule[] } = {}): PropertyDecorator =>
  (target, property) => {
    readAs((value) => [value].flat().at(-1))(target, property);
    field({ required }, isDate, ...also)(target, property);
  };

/** Nothing is said of the range when one of its dates could not be read. */
const daysSinceFrom = (to: unknown, on: object): number =>
  (parseDay(to) ?? 0) - (parseDay((on as { from?: unknown }).from) ?? parseDay(to) ?? 0);

/** Of `to`: it is the day `from` or a later one. */
export const notBeforeFrom = valueRule('to must not be before from', (to, on) => daysSinceFrom(to, on) >= 0);

/** Of `to`: so many days at most, `from` and `to` included. */
export const atMostDays = (days: number): Rule =>
  valueRule(`from and to must span ${days} days at most`, (to, on) => daysSinceFrom(to, on) < days);
