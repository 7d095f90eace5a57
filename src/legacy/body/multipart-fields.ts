import { isUtf8 } from 'node:buffer';
import type { Writable } from 'node:stream';
import type { Request, Response } from 'express';
import multer, { type Options } from 'multer';

import { type Fields, MAX_PAIRS, NO_FIELDS } from './form-fields.js';

/** An option that multer's types lack: a function that feeds the parser when the request has already been read. */
interface ReplayOptions extends Options {
  streamHandler(request: unknown, parser: Writable): void;
}

/** Files are skipped: a file part named `title` is not a title. */
const readerOf = (body: Buffer) => {
  const options: ReplayOptions = {
    limits: { parts: MAX_PAIRS },
    fileFilter: (_request, _file, accept) => {
      accept(null, false);
    },
    streamHandler: (_request, parser) => parser.end(body),
  };
  return multer(options).any();
};

/**
 * The text fields of a `multipart/form-data` body. The caller has already read the body, so the same size limit applies
 * as to other bodies.
 * @returns no fields for a body without a boundary, a truncated body, one with more than {@link MAX_PAIRS} parts or
 *   invalid UTF-8, and one that is malformed otherwise
 */
export async function parseMultipart(body: Buffer, request: Request, response: Response): Promise<Fields> {
  const read = readerOf(body);
  const failure = await new Promise<unknown>((resolve) => void read(request, response, resolve));
  if (failure !== undefined) return NO_FIELDS;
  const fields = Object.entries(request.body as Record<string, unknown>);
  const last = new Map(fields.map(([name, value]) => [name, lastOf(value)]));
  return isUtf8(body) || ![...last.values()].some(isGarbled) ? last : NO_FIELDS;
}

/** The parser returns equal names as an array; the last one wins, as in every other form. */
const lastOf = (value: unknown): unknown => (Array.isArray(value) ? (value.at(-1) as unknown) : value);

/** Whether the text contains the replacement character, which the parser inserts for invalid UTF-8. */
const isGarbled = (value: unknown): boolean => typeof value === 'string' && value.includes('\ufffd');
