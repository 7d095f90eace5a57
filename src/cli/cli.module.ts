import { type DynamicModule, Module } from '@nestjs/common';

import { AccessModule } from '../access/access.module.js';
import { ConfigModule } from '../config/config.module.js';
import type { Settings } from '../config/settings.js';
import type { DatabaseConnection } from '../database/connection.js';
import { DatabaseModule } from '../database/database.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { AccountRooms } from '../rooms/rooms/account-rooms.js';
import { SignalsModule } from '../signals/signals.module.js';

/** The server's modules that the command line needs: accounts and their tokens, without background work. */
@Module({})
export class CliModule {
  static with(settings: Settings, connection: DatabaseConnection): DynamicModule {
    return {
      module: CliModule,
      imports: [
        ConfigModule.with(settings),
        DatabaseModule.connect(connection),
        RedisModule,
        RateLimitsModule,
        SignalsModule,
        IdentityModule,
        AccessModule,
      ],
      // A token import proves e-mail addresses, and the first proof ends an account's access to rooms as in the server.
      providers: [AccountRooms],
    };
  }
}
