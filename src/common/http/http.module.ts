import { Global, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';

import { ErrorEnvelopes } from './error-envelope.js';
import { FailureFilter } from './failure.filter.js';

/** What every HTTP answer goes through, whichever generation gives it. */
@Global()
@Module({
  providers: [ErrorEnvelopes, { provide: APP_FILTER, useClass: FailureFilter }],
  exports: [ErrorEnvelopes],
})
export class HttpModule {}
