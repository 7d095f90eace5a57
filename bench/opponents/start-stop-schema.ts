/** The tables of express-start-stop.ts: no history, no log, no checks, and only the necessary indexes. */
export const START_STOP_SCHEMA = `
  CREATE TABLE tokens (token_hash bytea PRIMARY KEY, user_id text NOT NULL);
  CREATE TABLE timers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id text NOT NULL,
    title text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    elapsed integer NOT NULL DEFAULT 0
  );
  CREATE INDEX timers_by_user ON timers (user_id, started_at);
  CREATE UNIQUE INDEX timers_live ON timers (user_id) WHERE ended_at IS NULL`;
