import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { InvalidAccessTokenError } from '../access-tokens/invalid-access-token.js';
import type { Identity } from '../bearer/identity.js';
import { Users } from '../users/users.js';
import { SessionRow } from './session.entity.js';

/** What issues access that lasts beside sessions asks first, in its transaction. */
@Injectable()
export class IssueHold {
  constructor(
    private readonly database: Database,
    private readonly users: Users,
  ) {}

  /**
   * Holds the person's row until the commit, and makes sure that the caller's session has not ended meanwhile.
   * @throws InvalidAccessTokenError
   */
  async take({ userId, sessionId }: Pick<Identity, 'userId' | 'sessionId'>): Promise<void> {
    const isThere = await this.users.hold(userId);
    // A statement of its own: it sees what was committed while this one waited for the row.
    const isOpen = sessionId === null || (await this.database.repository(SessionRow).existsBy({ id: sessionId }));
    if (!isThere || !isOpen) throw new InvalidAccessTokenError('Invalid token: revoked');
  }
}
