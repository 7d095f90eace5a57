import { IdempotencyKeyReusedError } from './errors.js';
import { STORED_WITH_COMMAND, type StoredWithCommand } from './stored-with-command.sql.js';

/** An idempotency key with its owner and its request. */
export interface Repeatable {
  /** API and user; without a user the room, if there is one, and the caller. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of the request or command. */
  readonly fingerprint: Buffer;
}

/**
 * The idempotency key of a command. The outcome is stored together with the effect, and a repeat gets it again. For a
 * timer command, the timer domain writes the row in the command's own statement.
 */
export class Keep implements Repeatable {
  readonly sql = STORED_WITH_COMMAND;
  /** Whether the outcome was stored by an earlier request, and this one had no effect. */
  isRepeated = false;

  constructor(
    readonly scope: string,
    readonly key: string,
    readonly fingerprint: Buffer,
  ) {}

  /** The values of the row to store. @param outcome is stored as JSON */
  values(outcome: unknown): readonly string[] {
    return [this.scope, this.key, `\\x${this.fingerprint.toString('hex')}`, JSON.stringify(outcome)];
  }

  /** The stored outcome. @throws IdempotencyKeyReusedError if it belongs to another command */
  repeat(row: object): unknown {
    const { kept_fingerprint: fingerprint, kept_body: body } = row as StoredWithCommand;
    if (!this.fingerprint.equals(fingerprint)) throw new IdempotencyKeyReusedError();
    this.isRepeated = true;
    return body;
  }
}
