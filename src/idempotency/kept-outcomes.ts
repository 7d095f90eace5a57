import { Injectable } from '@nestjs/common';

import { fingerprintOf, idempotencyKey, scopeOf } from './idempotency-key.js';
import { KeptAnswers } from './kept-answers.js';

/** A socket's command, and whose: `['v1', 'user', id]`. */
export interface KeyedCommand {
  readonly scope: readonly string[];
  /** `idempotency_key` as sent; undefined where it was not. */
  readonly key: unknown;
  readonly type: string;
  readonly payload: unknown;
}

/** What a command came to, and whether that was long ago. */
export interface Outcome<Result> {
  readonly result: Result;
  readonly isRepeated: boolean;
}

/** Outcomes of socket commands, kept for a repeated `idempotency_key` (extensions.md, "Idempotency"). */
@Injectable()
export class KeptOutcomes {
  constructor(private readonly answers: KeptAnswers) {}

  /**
   * Does `work` once for a key; without one every time.
   * @param work its result is kept as JSON
   * @throws InvalidRequestError for a bad key, IdempotencyKeyReusedError, IdempotencyKeyInUseError, what `work` throws
   */
  async once<Result>(command: KeyedCommand, work: () => Promise<Result>): Promise<Outcome<Result>> {
    if (command.key === undefined) return { result: await work(), isRepeated: false };
    const repeatable = {
      scope: scopeOf(...command.scope),
      key: idempotencyKey(command.key, ['idempotency_key']),
      fingerprint: fingerprintOf('socket', command.type, command.payload),
    };
    const outcome = await this.answers.once(repeatable, async () => {
      const result = await work();
      return { result, answer: { status: 200, body: result } };
    });
    if ('result' in outcome) return { result: outcome.result, isRepeated: false };
    return { result: outcome.repeated.body as Result, isRepeated: true };
  }
}
