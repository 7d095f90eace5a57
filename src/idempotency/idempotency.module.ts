import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { KeptAnswers } from './kept-answers.js';
import { KeptOutcomes } from './kept-outcomes.js';
import { StoredResponse } from './stored-response.entity.js';

/** Stored responses by idempotency key, for every API. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([StoredResponse])],
  providers: [KeptAnswers, KeptOutcomes],
  exports: [KeptAnswers, KeptOutcomes],
})
export class IdempotencyModule {}
