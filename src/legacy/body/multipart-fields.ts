import { isUtf8 } from 'node:buffer';
import type { Writable } from 'node:stream';
import type { Request, Response } from 'express';
import multer, { type Options } from 'multer';

import { type Fields, MAX_PAIRS, NO_FIELDS } from './form-fields.js';

/** Its types do not know this option yet: who feeds the parser when the request has been read already. */
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
 * The text fields of a `multipart/form-data` body that has been read already, so that its size is limited like any
 * other's. Without a boundary, cut off, of more parts than a form has pairs or otherwise broken it has none.
 */
export async function parseMultipart(body: Buffer, request: Request, response: Response): Promise<Fields> {
  const read = readerOf(body);
  const failure = await new Promise<unknown>((resolve) => void read(request, response, resolve));
  if (failure !== undefined) return NO_FIELDS;
  const fields = Object.entries(request.body as Record<string, unknown>);
  const last = new Map(fields.map(([name, value]) => [name, lastOf(value)]));
  return isUtf8(body) || ![...last.values()].some(isGarbled) ? last : NO_FIELDS;
}

/** Equal names arrive as an array; the last counts, as in every other form. */
const lastOf = (value: unknown): unknown => (Array.isArray(value) ? (value.at(-1) as unknown) : value);

/** What the parser puts where bytes were no UTF-8. */
const isGarbled = (value: unknown): boolean => typeof value === 'string' && value.includes('\ufffd');
