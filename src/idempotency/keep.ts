import { IdempotencyKeyReusedError } from './errors.js';
import { STORED_WITH_COMMAND, type StoredWithCommand } from './stored-with-command.sql.js';

/** Whose key it is, and for which request. */
export interface Repeatable {
  /** API and user; without a user the room. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 over what is asked for. */
  readonly fingerprint: Buffer;
}

/**
 * A command that a key came with: its outcome is stored together with its effect, and returned again to a repeat. Of a
 * timer's command it is a companion: the timer domain writes the row in the command's own statement.
 */
export class Keep implements Repeatable {
  readonly sql = STORED_WITH_COMMAND;
  /** The outcome is one that was stored before: nothing happened this time. */
  isRepeated = false;

  constructor(
    readonly scope: string,
    readonly key: string,
    readonly fingerprint: Buffer,
  ) {}

  /** The columns of its row. @param outcome is stored as JSON */
  values(outcome: unknown): readonly string[] {
    return [this.scope, this.key, `\\x${this.fingerprint.toString('hex')}`, JSON.stringify(outcome)];
  }

  /** The outcome that was stored before. @throws IdempotencyKeyReusedError when it is another command's */
  repeat(row: object): unknown {
    const { kept_fingerprint: fingerprint, kept_body: body } = row as StoredWithCommand;
    if (!this.fingerprint.equals(fingerprint)) throw new IdempotencyKeyReusedError();
    this.isRepeated = true;
    return body;
  }
}
