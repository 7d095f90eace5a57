import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';

import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { KeptAnswers } from './kept-answers.js';
import { KeptOutcomes } from './kept-outcomes.js';

/** Answers kept for a repeated key, in every generation. */
@Global()
@Module({
  providers: [KeptAnswers, KeptOutcomes, { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor }],
  exports: [KeptOutcomes],
})
export class IdempotencyModule {}
