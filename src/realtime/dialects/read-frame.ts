import { isUtf8 } from 'node:buffer';

import { parseJson, TooManyMembersError } from '../../common/validation/parse-json.js';
import type { ClientCommand, Dialect, Endpoint, FrameProblem } from '../messages.js';
import { CODECS } from './codec.js';
import { isObject, TOO_MANY_MEMBERS } from './decode-command.js';

/**
 * Decodes a client's frame to its command, or to a problem worded in the frame's dialect.
 * @param isBinary a binary frame may contain JSON in UTF-8 too (docs/spec/sockets.md#dialects); `ws` validates the
 * UTF-8 of text frames only, so binary ones are validated here
 * @param connectionDialect used if the frame's keys do not show a dialect
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

/**
 * The frame's JSON value; {@link TOO_MANY_MEMBERS} for too many keys or items, undefined for any other invalid text.
 */
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
