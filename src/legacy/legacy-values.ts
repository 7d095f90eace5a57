import { Failure } from '../common/errors.js';
import { codePoints } from '../common/validation/rules.js';
import { normalizeEmail } from '../identity/users/email-address.js';
import type { Fields } from './body/form-fields.js';

/** A required value is missing, blank or invalid (docs/spec/legacy.md#other-errors, the 400 row). */
export class MissingValuesError extends Failure {
  readonly code = 'MISSING_VALUES';

  constructor() {
    super('Some values are missing');
  }
}

const MAX_TITLE = 255;
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * The text of a field; numbers and booleans are converted to text (docs/spec/legacy.md#titles).
 * @returns undefined for a missing value or one of another type
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/**
 * A timer's title: trimmed, 1–255 code points, without U+0000 and lone surrogates.
 * @throws MissingValuesError
 */
export function titleOf(fields: Fields): string {
  const title = textOf(fields.get('title'))?.trim() ?? '';
  const length = codePoints(title);
  if (length === 0 || length > MAX_TITLE || UNSTORABLE.test(title)) throw new MissingValuesError();
  return title;
}

/** The normalised e-mail address. @throws MissingValuesError for an invalid address */
export function emailOf(value: unknown): string {
  const email = normalizeEmail(textOf(value) ?? '');
  if (email === undefined) throw new MissingValuesError();
  return email;
}

/** The last value of a query parameter; undefined when it is missing or blank. */
export function lastParameter(value: unknown): string | undefined {
  const last = [value].flat().at(-1);
  return typeof last === 'string' && last.trim() !== '' ? last : undefined;
}
