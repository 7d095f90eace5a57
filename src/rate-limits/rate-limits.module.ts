import { Global, Module } from '@nestjs/common';

import { FailedAuthentications } from './failed-authentications.js';
import { RateLimits } from './rate-limits.js';

@Global()
@Module({ providers: [RateLimits, FailedAuthentications], exports: [RateLimits, FailedAuthentications] })
export class RateLimitsModule {}
