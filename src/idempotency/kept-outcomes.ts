import { Injectable } from '@nestjs/common';

import type { Keep } from './keep.js';
import { KeptAnswers } from './kept-answers.js';

/**
 * Outcomes of commands that are larger than one timer's, kept for a repeated key. What is kept is what the command came to,
 * which each API words, so a key that was used over REST is known to the socket (docs/spec/extensions.md#idempotency).
 */
@Injectable()
export class KeptOutcomes {
  constructor(private readonly answers: KeptAnswers) {}

  /**
   * Does `work` once for a key; without one every time. Whether it is a repeat, {@link Keep.isRepeated} tells.
   * @param work its result is kept as JSON
   * @param turn a room or person whose rows it takes
   * @throws IdempotencyKeyReusedError, IdempotencyKeyInUseError, what `work` throws
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
