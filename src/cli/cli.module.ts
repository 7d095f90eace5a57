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

/** What the command line needs of the server: people and their tokens, and nothing that runs on its own. */
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
      // An import proves addresses: what the account had in rooms ends as it does in the server.
      providers: [AccountRooms],
    };
  }
}
