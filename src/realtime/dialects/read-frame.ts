import { isUtf8 } from 'node:buffer';

import { parseJson, TooManyMembersError } from '../../common/validation/parse-json.js';
import type { ClientCommand, Dialect, Endpoint, FrameProblem } from '../messages.js';
import { CODECS } from './codec.js';
import { isObject, TOO_MANY_MEMBERS } from './decode-command.js';

/**
 * What one frame of a client asks for, or what is wrong with it, said in the frame's dialect.
 * @param isBinary a binary frame is as good as a text one if it holds JSON in UTF-8 (docs/spec/sockets.md#dialects);
 * `ws` has seen to that of a text frame, so only this one is looked through
 * @param connectionDialect how the frame is understood when its keys do not tell
 */
export function readFrame(
  data: Buffer | string,
  isBinary: boolean,
  connectionDialect: Dialect,
  endpoint: Endpoint,
): ClientCommand | FrameProblem {
  const frame = parseFrame(data, isBinary);
  return CODECS[dialectOf(frame) ?? connectionDialect].decode(frame, endpoint);
}

/** The frame's JSON value; of what cannot be read nothing, or that it has too many keys or items. */
function parseFrame(data: Buffer | string, isBinary: boolean): unknown {
  if (isBinary && typeof data !== 'string' && !isUtf8(data)) return undefined;
  try {
    return parseJson(data.toString());
  } catch (error) {
    return error instanceof TooManyMembersError ? TOO_MANY_MEMBERS : undefined;
  }
}

/** A frame with `type` or with `action` shows its dialect; one with neither or both does not. */
function dialectOf(frame: unknown): Dialect | undefined {
  if (!isObject(frame)) return undefined;
  const hasType = Object.hasOwn(frame, 'type');
  if (hasType === Object.hasOwn(frame, 'action')) return undefined;
  return hasType ? 'type-payload' : 'action-event';
}
