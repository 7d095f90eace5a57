import type { Request, Response } from 'express';

import { UnsupportedMediaTypeError } from '../../common/errors.js';
import { readBytes } from '../../common/http/read-bytes.js';
import { type Fields, NO_FIELDS, parseForm, parseJson } from './form-fields.js';
import { parseMultipart } from './multipart-fields.js';

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';
const JSON_TYPE = /^application\/(json|[\w.-]+\+json)$/;
const CURLY_BRACKET = 0x7b;

/**
 * The fields of a legacy call's body: a form, multipart or JSON (docs/spec/legacy.md#calls). A form that begins with
 * `{` is parsed as JSON, a body without a content type as a form. A malformed body has no fields.
 * @param limit bytes, counted after decompression
 * @throws BodyTooLargeError before the type is checked
 * @throws UnsupportedMediaTypeError for a body of another type or encoding
 */
export async function readFields(request: Request, response: Response, limit: number): Promise<Fields> {
  const body = await readBytes(request, response, limit);
  if (body?.length === 0) return NO_FIELDS;
  const type = (request.headers['content-type'] ?? '').split(';', 1).join().trim().toLowerCase();
  if (!isReadable(type)) throw new UnsupportedMediaTypeError();
  if (body === undefined) return NO_FIELDS;
  if (type === MULTIPART) return parseMultipart(body, request, response);
  return JSON_TYPE.test(type) || body[0] === CURLY_BRACKET ? parseJson(body) : parseForm(body);
}

const isReadable = (type: string): boolean =>
  type === '' || type === FORM || type === MULTIPART || JSON_TYPE.test(type);
