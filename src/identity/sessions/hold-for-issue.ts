import type { Transaction } from '../../database/transactions.js';
import { InvalidAccessTokenError } from '../access-tokens/invalid-access-token.js';
import type { Identity } from '../bearer/identity.js';

/**
 * Holds the person's row until the commit, and makes sure that the caller's session has not ended meanwhile: call it
 * first in a transaction that issues standing access.
 * @throws InvalidAccessTokenError
 */
export async function holdForIssue(
  { manager }: Pick<Transaction, 'manager'>,
  { userId, sessionId }: Pick<Identity, 'userId' | 'sessionId'>,
): Promise<void> {
  const people: unknown[] = await manager.query(`SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, [userId]);
  // A statement of its own: it sees what was committed while this one waited for the row.
  const sessions: unknown[] =
    sessionId === null ? [{}] : await manager.query(`SELECT FROM sessions WHERE id = $1`, [sessionId]);
  if (people.length === 0 || sessions.length === 0) throw new InvalidAccessTokenError('Invalid token: revoked');
}
