import { Injectable } from '@nestjs/common';

import type { Keep } from './keep.js';
import { KeptAnswers } from './kept-answers.js';

/**
 * Stores the outcomes of commands that concern more than one timer, by idempotency key. The stored value is the
 * outcome, not an API's wording of it, so a key used over REST also works on a socket
 * (docs/spec/extensions.md#idempotency).
 */
@Injectable()
export class KeptOutcomes {
  constructor(private readonly answers: KeptAnswers) {}

  /**
   * Runs `work` once per key, or every time without a key. Sets {@link Keep.isRepeated} on a repeat.
   * @param work its result is stored as JSON
   * @param turn the room or person whose rows are locked
   * @throws IdempotencyKeyReusedError, IdempotencyKeyInUseError, and the errors of `work`
   */
  async once<Result>(keep: Keep | undefined, work: () => Promise<Result>, turn?: string): Promise<Result> {
    if (keep === undefined) return work();
    const kept = async () => {
      const result = await work();
      return { result, answer: { status: 200, body: result } };
    };
    const outcome = await this.answers.once(keep, kept, turn);
    if ('result' in outcome) return outcome.result;
    keep.isRepeated = true;
    return outcome.repeated.body as Result;
  }
}
