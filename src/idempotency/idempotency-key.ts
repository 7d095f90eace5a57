import { createHash } from 'node:crypto';

import { InvalidRequestError } from '../common/validation/problem.js';
import { Keep } from './keep.js';

const KEY = /^[\x21-\x7e]{16,255}$/;

/**
 * Validates a key.
 * @param loc where the client sent it, such as `['header', 'Idempotency-Key']`
 * @throws InvalidRequestError
 */
export function idempotencyKey(sent: unknown, loc: readonly string[]): string {
  if (typeof sent === 'string' && KEY.test(sent)) return sent;
  const msg = 'Value error, 16 to 255 visible ASCII characters';
  throw new InvalidRequestError([{ type: 'value_error', loc, msg, input: sent, ctx: { error: {} } }]);
}

/** Distinguishes requests that use the same key. @param asked method, path and body, or the parts of a command */
export const fingerprintOf = (...asked: readonly unknown[]): Buffer =>
  createHash('sha256').update(JSON.stringify(asked)).digest();

/**
 * Identifies a caller without an account by network and cookies, as well as possible. A caller on another network who
 * guesses a key therefore does not get the stored response.
 * @param network the network of the caller's address, as rate limits count it
 * @param cookie the header as sent
 */
export const anonymousCaller = (network: string, cookie: string | undefined): string =>
  createHash('sha256')
    .update(JSON.stringify([network, cookie ?? '']))
    .digest('base64url');

/**
 * Distinguishes commands that use the same key, over REST or a socket.
 * @param command its name, its subject and its values; the order of object keys does not matter
 */
export const commandFingerprint = (...command: readonly unknown[]): Buffer => fingerprintOf('command', sorted(command));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sorted(item)]));
}

/** The key of a socket command, from its `idempotency_key`; undefined if none was sent. @throws InvalidRequestError */
export function keepOfFrame(key: unknown, scope: readonly string[], command: readonly unknown[]): Keep | undefined {
  if (key === undefined) return undefined;
  return new Keep(scopeOf(...scope), idempotencyKey(key, ['idempotency_key']), commandFingerprint(...command));
}

/** The scope of a key: the API, then its user, room or caller. PersonRemoval relies on the colons between the parts. */
export const scopeOf = (...parts: readonly string[]): string => parts.join(':');
