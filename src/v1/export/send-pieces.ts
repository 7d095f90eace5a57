import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/**
 * Sends a body piece by piece, the next one made when the connection has taken the last. Nothing is sent before the
 * first piece is there, so what fails until then is still answered as an error.
 * @param headers of the answer, once there is one
 * @throws what making a piece throws; the connection is then cut, so nobody takes the rest for the whole
 */
export async function sendPieces(
  response: Response,
  headers: Readonly<Record<string, string>>,
  pieces: AsyncGenerator<string>,
): Promise<void> {
  try {
    const first = await pieces.next();
    response.set(headers);
    await pipeline(startingWith(first, pieces), response);
  } catch (error) {
    if (!isHangUp(error)) throw error;
  }
}

async function* startingWith(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    if (first.done !== true) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Aborts when the client is gone, or has everything. */
export function closingOf(response: Response): AbortSignal {
  const closing = new AbortController();
  response.once('close', () => {
    closing.abort();
  });
  return closing.signal;
}

/** The client did not want the rest. */
function isHangUp(error: unknown): boolean {
  const { name, code } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_DESTROYED';
}
