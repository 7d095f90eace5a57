import express, { type Request, type RequestHandler, type Response } from 'express';

import { BodyTooLargeError, UnsupportedMediaTypeError } from '../errors.js';

/**
 * The bytes of a request's body, empty when there is none.
 * @param limit bytes, counted after decompression
 * @returns undefined for a body whose compression is broken
 * @throws BodyTooLargeError
 * @throws UnsupportedMediaTypeError for an unknown content encoding
 */
export async function readBytes(request: Request, response: Response, limit: number): Promise<Buffer | undefined> {
  const read: RequestHandler = express.raw({ type: () => true, limit });
  const failure = await new Promise<unknown>((resolve) => void read(request, response, resolve));
  const body: unknown = request.body;
  if (failure === undefined) return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const { status } = failure as { status?: number };
  if (status === 413) throw new BodyTooLargeError();
  if (status === 415) throw new UnsupportedMediaTypeError();
  return undefined;
}
