import { readFileSync } from 'node:fs';

/** The file is not UTF-8. */
export class NotUtf8Error extends Error {
  /** @param looksLike the encoding that the first bytes indicate */
  constructor(looksLike?: 'UTF-16') {
    super(looksLike === undefined ? 'is not UTF-8; save it as UTF-8' : `is ${looksLike}; save it as UTF-8`);
    this.name = 'NotUtf8Error';
  }
}

const UTF16_MARK = /^(fffe|feff)/;

/**
 * Reads a text file that a person wrote, without a byte order mark.
 * @throws NotUtf8Error, and the errors of reading the file
 */
export function readTextFile(file: string): string {
  const bytes = readFileSync(file);
  if (UTF16_MARK.test(bytes.toString('hex', 0, 2))) throw new NotUtf8Error('UTF-16');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotUtf8Error();
  }
}
