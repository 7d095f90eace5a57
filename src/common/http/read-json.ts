import type { Request, Response } from 'express';

import { UnsupportedMediaTypeError } from '../errors.js';
import { MAX_IN_ONE } from '../validation/json-size.js';
import { parseJson, TooManyMembersError } from '../validation/parse-json.js';
import { InvalidRequestError } from '../validation/problem.js';
import { readBytes } from './read-bytes.js';

const JSON_TYPE = /^application\/(json|[\w.-]+\+json)$/;
/** Far deeper than the shape of any call. */
const MAX_DEPTH = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON value of a request's body; undefined when there is none (docs/spec/v1.md#11-requests-and-replies,
 * docs/spec/v1.md#22-validation-422).
 * @throws BodyTooLargeError
 * @throws InvalidRequestError for malformed JSON, too many keys or items, or a body of another type
 */
export async function readJson(request: Request, response: Response, limit: number): Promise<unknown> {
  const bytes = await readBytes(request, response, limit).catch((error: unknown) => {
    if (error instanceof UnsupportedMediaTypeError) throw notReadable();
    throw error;
  });
  if (bytes?.length === 0) return undefined;
  const type = (request.headers['content-type'] ?? '').split(';', 1).join().trim().toLowerCase();
  if (!JSON_TYPE.test(type)) throw notReadable();
  if (bytes === undefined) throw malformed('the compression is broken');
  return valueOf(bytes);
}

function valueOf(bytes: Buffer): unknown {
  const value = parsed(bytes);
  if (isDeeperThan(value, MAX_DEPTH)) throw malformed(`nested more than ${MAX_DEPTH} deep`);
  return value;
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseJson(utf8.decode(bytes));
  } catch (error) {
    throw error instanceof TooManyMembersError ? tooLong(error.message) : malformed('not JSON in UTF-8');
  }
}

/** Iterates level by level, because the code that follows would recurse. */
function isDeeperThan(value: unknown, depth: number): boolean {
  let level = [value];
  for (let left = depth; level.length > 0; left -= 1) {
    if (left < 0) return true;
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one as Record<string, unknown>) : [],
    );
  }
  return false;
}

const malformed = (error: string) =>
  new InvalidRequestError([
    { type: 'json_invalid', loc: ['body'], msg: 'JSON decode error', input: {}, ctx: { error } },
  ]);

const tooLong = (error: string) =>
  new InvalidRequestError([
    {
      type: 'too_long',
      loc: ['body'],
      msg: `Objects and lists should have at most ${MAX_IN_ONE} items after validation`,
      ctx: { field_type: 'Body', max_length: MAX_IN_ONE, error },
    },
  ]);

/** pydantic's problem for a body that is not an object; a body of another type is reported the same way. */
export const NO_OBJECT = {
  type: 'model_attributes_type',
  loc: ['body'],
  msg: 'Input should be a valid dictionary or object to extract fields from',
} as const;

const notReadable = () => new InvalidRequestError([NO_OBJECT]);
