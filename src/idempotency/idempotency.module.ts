import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';

import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { KeptAnswers } from './kept-answers.js';

/** Answers kept for a repeated key, in every generation. */
@Module({ providers: [KeptAnswers, { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor }] })
export class IdempotencyModule {}
