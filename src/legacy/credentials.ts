import { Failure } from '../common/errors.js';
import type { Fields } from './body/form-fields.js';
import { textOf } from './legacy-values.js';

/** Reasons why a field of the token login is invalid, in the words of Django REST Framework. */
const BLANK = 'This field may not be blank.';
const NULL = 'This field may not be null.';
const REQUIRED = 'This field is required.';
const NO_STRING = 'Not a valid string.';

/**
 * Fields of the token login are missing, blank or not text. The response follows the convention of Django REST
 * Framework (docs/spec/legacy.md#tokens).
 */
export class InvalidFieldsError extends Failure {
  readonly code = 'INVALID_FIELDS';

  constructor(readonly problems: Readonly<Record<string, readonly string[]>>) {
    super('Invalid fields');
  }
}

/** No account has this name and password. */
export class WrongCredentialsError extends Failure {
  readonly code = 'WRONG_CREDENTIALS';

  constructor() {
    super('Unable to log in with provided credentials.');
  }
}

/** @throws InvalidFieldsError naming every invalid field */
export function credentialsOf(fields: Fields): { username: string; password: string } {
  const username = textOf(fields.get('username'))?.trim() ?? '';
  const password = textOf(fields.get('password')) ?? '';
  const problems = Object.entries({ username, password })
    .filter(([, text]) => text === '')
    .map(([name]) => [name, [problemOf(fields, name)]] as const);
  if (problems.length > 0) throw new InvalidFieldsError(Object.fromEntries(problems));
  return { username, password };
}

function problemOf(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (value === undefined) return REQUIRED;
  if (value === null) return NULL;
  return textOf(value) === undefined ? NO_STRING : BLANK;
}
