import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** A file that is created or read once and sent unchanged, in the compression that the client prefers. */
export interface PreparedFile {
  /** The file extension. */
  readonly type: string;
  /** The contents by content coding; `identity` is always present. */
  readonly bodies: Readonly<Record<string, Buffer>>;
  /** A hash of the content, for the ETag. */
  readonly tag: string;
}

const CODINGS = ['br', 'gzip', 'identity'];
const SUFFIXES = { br: '.br', gzip: '.gz' } as const;
/** Nearly as small as quality 11, in a hundredth of the time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/** Reads a build file together with its precompressed variants. */
export function readPrepared(path: string): PreparedFile {
  const identity = readFileSync(path);
  const bodies: Record<string, Buffer> = { identity };
  for (const [coding, suffix] of Object.entries(SUFFIXES)) {
    if (existsSync(path + suffix)) bodies[coding] = readFileSync(path + suffix);
  }
  return prepared(extname(path), bodies, identity);
}

/**
 * Prepares text that the program generates.
 * @param type the file extension: `.json`
 */
export async function prepare(type: string, text: string): Promise<PreparedFile> {
  const identity = Buffer.from(text);
  const [br, gz] = await Promise.all([promisify(brotliCompress)(identity, BROTLI), promisify(gzip)(identity)]);
  return prepared(type, { identity, br, gzip: gz }, identity);
}

const prepared = (type: string, bodies: PreparedFile['bodies'], identity: Buffer): PreparedFile => ({
  type,
  bodies,
  tag: createHash('sha256').update(identity).digest('base64url'),
});

/** Sends the file, or 304 when the client already has it. */
export function sendPrepared(request: Request, response: Response, file: PreparedFile, cacheControl: string): void {
  const wanted = request.acceptsEncodings(CODINGS.filter((coding) => coding in file.bodies));
  const coding = wanted === false ? 'identity' : wanted;
  if (coding !== 'identity') response.set('Content-Encoding', coding);
  response
    .vary('Accept-Encoding')
    .set({ 'Cache-Control': cacheControl, ETag: `"${file.tag}-${coding}"`, 'X-Content-Type-Options': 'nosniff' })
    .type(file.type)
    .send(file.bodies[coding]);
}
