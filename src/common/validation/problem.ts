import type { ValidationError } from 'class-validator';

import { Failure } from '../errors.js';
import { Unreadable } from './unreadable.js';

/** One validation error of a request, in the format of pydantic v2 (docs/spec/v1.md#22-validation-422). */
export interface Problem {
  readonly type: string;
  /** The location; the first element is `body`, `query` or `path`. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input?: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** The request does not match the shape of its call; every problem is listed. */
export class InvalidRequestError extends Failure {
  readonly code = 'INVALID_REQUEST';

  constructor(readonly problems: readonly Problem[]) {
    super('Invalid request');
  }
}

/** The properties of a rule of `rules.ts` that this mapper uses. */
export interface RuleContext {
  readonly ctx?: Readonly<Record<string, unknown>>;
  /** The value is not repeated in the reply, because it is a password. */
  readonly secret?: boolean;
  /** For a rule on the items of a list: every invalid item is a separate problem. */
  readonly item?: (value: unknown) => boolean;
}

/** Converts class-validator's errors to problems, in the order of the fields. */
export function problemsOf(errors: readonly ValidationError[], loc: readonly (string | number)[]): Problem[] {
  return errors.flatMap((error) => {
    const at = [...loc, indexOrName(error.property)];
    return [...ownProblems(error, at), ...problemsOf(error.children ?? [], at)];
  });
}

const indexOrName = (property: string): string | number => (/^\d+$/.test(property) ? Number(property) : property);

function ownProblems(error: ValidationError, loc: readonly (string | number)[]): Problem[] {
  const [constraint] = Object.entries(error.constraints ?? {});
  if (constraint === undefined) return [];
  const [name, msg] = constraint;
  const type = name === 'nestedValidation' || name === 'unknownValue' ? 'model_attributes_type' : name;
  const context = (error.contexts?.[name] ?? {}) as RuleContext;
  const describe = (value: unknown, at: readonly (string | number)[]): Problem => ({
    type,
    loc: at,
    msg,
    ...(type === 'missing' || context.secret === true ? {} : { input: rawOf(value) }),
    ...(context.ctx === undefined ? {} : { ctx: context.ctx }),
  });
  const { item } = context;
  if (item === undefined) return [describe(error.value, loc)];
  const items = error.value as unknown[];
  return items.flatMap((value, index) => (item(value) ? [] : [describe(value, [...loc, index])]));
}

/** The value as the client sent it, shortened, because replies stay small. */
function rawOf(value: unknown): unknown {
  const raw = value instanceof Unreadable ? value.raw : value;
  if (typeof raw === 'string' && raw.length > 1_000) return `${raw.slice(0, 1_000)}…`;
  return Array.isArray(raw) ? raw.slice(0, 20).map(rawOf) : raw;
}
