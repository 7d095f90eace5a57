// docs/spec/legacy.md#sign-in-by-mailed-code: 5 minutes, 3 mails in 15 minutes.
const LIFE = `interval '5 minutes'`;
const MAIL_WINDOW = `interval '15 minutes'`;
/** Long enough to tell "too old" from "never existed", and for the mails to be counted. */
const KEPT_FOR = `interval '1 day'`;

export const LOCK_ADDRESS = `SELECT pg_advisory_xact_lock(hashtextextended('mailed-codes ' || $1, 0))`;

/** Old codes of any address, a slice at a time; two that sweep at once leave each other's rows alone. */
export const SWEEP = `DELETE FROM mailed_codes WHERE id IN (
  SELECT id FROM mailed_codes WHERE created_at < now() - ${KEPT_FOR} LIMIT 500 FOR UPDATE SKIP LOCKED)`;

/** $1 the address in all its forms, $2 purpose, $3 network. */
export const COUNT_MAILS = `SELECT count(*)::int AS sent FROM mailed_codes
  WHERE email = ANY ($1::text[]) AND purpose = $2 AND network = $3 AND created_at > clock_timestamp() - ${MAIL_WINDOW}`;

/** What {@link FIND} gives. */
export interface KnownCode {
  readonly id: string;
  readonly spent: boolean;
  readonly expired: boolean;
}

/** $1 address, $2 hash of the code, $3 tries of a network, $4 network. */
export const FIND = `SELECT id, created_at <= clock_timestamp() - ${LIFE} AS expired, used_at IS NOT NULL OR EXISTS (
    SELECT FROM code_guesses g WHERE g.code_id = c.id AND g.network = $4 AND g.tries >= $3) AS spent
  FROM mailed_codes c WHERE email = $1 AND code_hash = $2`;

/** $1 address, $2 purpose, $3 network. */
export const COUNT_TRY = `INSERT INTO code_guesses (code_id, network, tries)
  SELECT id, $3, 1 FROM mailed_codes
  WHERE email = $1 AND purpose = $2 AND used_at IS NULL AND created_at > clock_timestamp() - ${LIFE}
  ON CONFLICT (code_id, network) DO UPDATE SET tries = code_guesses.tries + 1`;
