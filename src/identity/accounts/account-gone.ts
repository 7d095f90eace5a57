import { serverErrorOf } from '../../database/database-errors.js';

const FOREIGN_KEY_VIOLATION = '23503';
/** The names of the foreign keys that refer to `users`. */
const OF_A_PERSON = /_(user|owner|host)_fkey$/;

/**
 * A row could not be written because its person is gone: the account was deleted while their call was under way, or
 * another instance believes their token for some seconds more. The call is answered as any with a revoked token.
 */
export function isAccountGone(error: unknown): boolean {
  if (serverErrorOf(error)?.code !== FOREIGN_KEY_VIOLATION) return false;
  const source = (error as { driverError?: unknown }).driverError ?? error;
  return OF_A_PERSON.test((source as { constraint?: string }).constraint ?? '');
}
