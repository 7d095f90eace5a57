import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { KeptAnswers } from './kept-answers.js';
import { KeptOutcomes } from './kept-outcomes.js';
import { StoredResponse } from './stored-response.entity.js';

/** Answers kept for a repeated key, in every generation. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([StoredResponse])],
  providers: [KeptAnswers, KeptOutcomes, { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor }],
  exports: [KeptOutcomes],
})
export class IdempotencyModule {}
