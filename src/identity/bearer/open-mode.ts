import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { User } from '../users/user.entity.js';
import type { Identity } from './identity.js';

const TEST_USER = { id: 'test-user-id', email: 'test@example.com', name: 'Test User' };

/**
 * `AUTH_MODE=open`: whoever shows no token is the test user, so that the guides' samples run as printed
 * (docs/spec/v1.md#33-development).
 */
@Injectable()
export class OpenMode implements OnModuleInit {
  readonly enabled: boolean;
  readonly identity: Identity = {
    userId: TEST_USER.id,
    sessionId: null,
    expiresAt: Infinity,
    authTime: 0,
  };

  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.enabled = settings.auth.mode === 'open';
  }

  /** As somebody an issuer vouches for: `users.email` belongs to whoever signs up with it. */
  async onModuleInit(): Promise<void> {
    if (!this.enabled) return;
    const user = { id: TEST_USER.id, displayName: TEST_USER.name, verifiedEmail: TEST_USER.email };
    await this.database.repository(User).createQueryBuilder().insert().values(user).orIgnore().execute();
  }
}
