import { Global, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';

import { ErrorEnvelopes } from './error-envelope.js';
import { FailureFilter } from './failure.filter.js';

/** Error handling for the HTTP replies of every API. */
@Global()
@Module({
  providers: [ErrorEnvelopes, { provide: APP_FILTER, useClass: FailureFilter }],
  exports: [ErrorEnvelopes],
})
export class HttpModule {}
