import { type DynamicModule, Module } from '@nestjs/common';

import { ApiDocsModule } from './api-docs/api-docs.module.js';
import { HttpModule } from './common/http/http.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings.js';
import type { DatabaseConnection } from './database/connection.js';
import { DatabaseModule } from './database/database.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { IdentityModule } from './identity/identity.module.js';
import { LegacyModule } from './legacy/legacy.module.js';
import { MailModule } from './mail/mail.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { RateLimitsModule } from './rate-limits/rate-limits.module.js';
import { RedisModule } from './redis/redis.module.js';
import { RoomPeopleModule } from './room-people/room-people.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { SignalsModule } from './signals/signals.module.js';
import { TimerDomainModule } from './timer-domain/timer-domain.module.js';
import { V1Module } from './v1/v1.module.js';
import { WebModule } from './web/web.module.js';

/** The root module, which imports all others. */
@Module({})
export class AppModule {
  static with(settings: Settings, connection: DatabaseConnection): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(settings),
        DatabaseModule.connect(connection),
        HttpModule,
        SignalsModule,
        RedisModule,
        RateLimitsModule,
        TimerDomainModule,
        RoomPeopleModule,
        IdentityModule,
        MailModule,
        IdempotencyModule,
        LegacyModule,
        V1Module,
        RoomsModule,
        MetricsModule,
        WebModule,
        ApiDocsModule,
      ],
    };
  }
}
