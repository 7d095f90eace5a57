import { createHash } from 'node:crypto';

import { InvalidRequestError } from '../common/validation/problem.js';
import { Keep } from './keep.js';

const KEY = /^[\x21-\x7e]{16,255}$/;

/** @param loc where it was sent: `['header', 'Idempotency-Key']`. @throws InvalidRequestError */
export function idempotencyKey(sent: unknown, loc: readonly string[]): string {
  if (typeof sent === 'string' && KEY.test(sent)) return sent;
  const msg = 'Value error, 16 to 255 visible ASCII characters';
  throw new InvalidRequestError([{ type: 'value_error', loc, msg, input: sent, ctx: { error: {} } }]);
}

/** What tells one request from another under the same key. @param asked method, path and body, or a frame's word and payload */
export const fingerprintOf = (...asked: readonly unknown[]): Buffer =>
  createHash('sha256').update(JSON.stringify(asked)).digest();

/**
 * Who calls without an account, as far as it can be told: their network and the cookies they show. Somebody elsewhere who
 * guesses a key is another caller.
 * @param network of their address, as limits count it. @param cookie the header as sent
 */
export const anonymousCaller = (network: string, cookie: string | undefined): string =>
  createHash('sha256')
    .update(JSON.stringify([network, cookie ?? '']))
    .digest('base64url');

/**
 * What tells one command from another under the same key, whichever way it came: which, on what, with which values, in
 * whatever order they were written.
 */
export const commandFingerprint = (...command: readonly unknown[]): Buffer => fingerprintOf('command', sorted(command));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sorted(item)]));
}

/** A command on a socket with its `idempotency_key`; undefined where none was sent. @throws InvalidRequestError */
export function keepOfFrame(key: unknown, scope: readonly string[], command: readonly unknown[]): Keep | undefined {
  if (key === undefined) return undefined;
  return new Keep(scopeOf(...scope), idempotencyKey(key, ['idempotency_key']), commandFingerprint(...command));
}

/** Whose keys these are: the generation, and its user, room or nobody. The parts stand between colons (PersonRemoval). */
export const scopeOf = (...parts: readonly string[]): string => parts.join(':');
