import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { SETTINGS, type Settings } from '../../config/settings.js';
import type { Identity } from './identity.js';

/** Addresses, names without a dot, and endings that nobody can register (RFC 6761, 6762, 8375): they lead to no stranger. */
const OWN_NAMES = /^(\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\]|[^.]+|.*\.(localhost|local|internal|test|example|home\.arpa))$/;

const TEST_USER = { id: 'test-user-id', email: 'test@example.com', name: 'Test User' };

/** `AUTH_MODE=open`: whoever shows no token is the test user, so that the guides' samples run as printed (v1.md 3.3). */
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
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.enabled = settings.auth.mode === 'open';
  }

  /**
   * Whether a request to this host may come without a token. A page can point its own name at this machine (DNS rebinding)
   * and is then of the same origin: the name is what gives it away.
   */
  trusts(host = ''): boolean {
    const { publicUrl } = this.settings.http;
    const name = host.toLowerCase().replace(/:\d+$/, '');
    return OWN_NAMES.test(name) || name === new URL(publicUrl).hostname;
  }

  /** As somebody an issuer vouches for: `users.email` belongs to whoever signs up with it. */
  async onModuleInit(): Promise<void> {
    if (!this.enabled) return;
    await this.dataSource.query(
      `INSERT INTO users (id, display_name, verified_email) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [TEST_USER.id, TEST_USER.name, TEST_USER.email],
    );
  }
}
