import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import type { Transaction } from '../database/transactions.js';
import { ROOM_PEOPLE } from './presence.js';

/** The person's participants in rooms, as a member or as a guest before signing in. */
const THEIR_PLACES = `SELECT room_id, participant_id FROM room_presence WHERE user_id = $1
  UNION SELECT room_id, id FROM participants WHERE user_id = $1`;

/** Maximum rows of one kind that one slice deletes, and that are left to the transaction that deletes the account. */
const AT_ONCE = 2_000;
const BEYOND = `OFFSET ${AT_ONCE} LIMIT ${AT_ONCE}`;

const THEIR_SCOPES = `scope IN ('legacy:user:' || $1, 'v1:user:' || $1, 'rooms:user:' || $1)`;

/** One statement for each kind of row whose number is unlimited; an index finds the rows of a slice. */
const SLICES = [
  `DELETE FROM timer_changes c USING (
     SELECT transaction_id, id, logged_at FROM timer_changes WHERE owner = $1 ${BEYOND}) d
   WHERE c.transaction_id = d.transaction_id AND c.id = d.id AND c.logged_at = d.logged_at`,
  `UPDATE timer_changes c SET actor = NULL FROM (
     SELECT transaction_id, id, logged_at FROM timer_changes WHERE actor = $1 AND actor IS DISTINCT FROM owner ${BEYOND}) d
   WHERE c.transaction_id = d.transaction_id AND c.id = d.id AND c.logged_at = d.logged_at`,
  `WITH gone AS (
     DELETE FROM timers WHERE id IN (
       SELECT id FROM timers WHERE user_id = $1 AND ended_at IS NOT NULL ORDER BY created_at, id ${BEYOND}) RETURNING id),
   corrections AS (DELETE FROM timer_edits e USING gone g WHERE e.timer_id = g.id)
   SELECT FROM gone`,
  `DELETE FROM kept_answers WHERE (scope, key) IN (SELECT scope, key FROM kept_answers WHERE ${THEIR_SCOPES} ${BEYOND})`,
  `UPDATE room_presence SET user_id = NULL WHERE id IN (
     SELECT id FROM room_presence WHERE user_id = $1 AND went_at IS NOT NULL ${BEYOND})`,
] as const;

/**
 * The person's own stored responses (their scope consists of an API, `user` and the id), and other users' that contain
 * the person's id. An index finds each of the two.
 */
const THEIR_ANSWERS = `${THEIR_SCOPES}
  OR (names_others AND strings_in(body) @> jsonb_build_array($1::text))`;

/**
 * Removes a person's data when their account is deleted (docs/spec/v1.md#9-usersme): their timers, with log and
 * corrections. Rooms are shared, so the person's participants stay there, anonymised.
 */
@Injectable()
export class PersonRemoval {
  constructor(private readonly pool: Pool) {}

  /**
   * Deletes or anonymises most of a person's rows in separate slices, so that the rest fits the one transaction of
   * {@link remove}. After a failure the account has fewer rows, and the next attempt continues from there.
   */
  async shrink(userId: string): Promise<void> {
    for (const slice of SLICES) while ((await this.pool.query(slice, [userId])).rowCount === AT_ONCE);
  }

  async remove({ manager }: Transaction, userId: string): Promise<void> {
    const statements = [
      `DELETE FROM timer_edits e USING timers t WHERE t.id = e.timer_id AND t.user_id = $1`,
      `DELETE FROM timer_changes WHERE owner = $1`,
      `DELETE FROM timers WHERE user_id = $1`,
      // Changes that the person made to their own timers are deleted above.
      `UPDATE timer_changes SET actor = NULL WHERE actor = $1 AND actor IS DISTINCT FROM owner`,
      `UPDATE timer_unlinks SET actor = NULL WHERE actor = $1`,
      `DELETE FROM kept_answers WHERE ${THEIR_ANSWERS}`,
      // Instances that have not delivered these events yet deliver them without the name.
      `UPDATE signals s SET body = jsonb_set(s.body, '{participant,name}', '"Guest"') FROM (${THEIR_PLACES}) theirs
       WHERE s.kind = '${ROOM_PEOPLE}' AND s.topic = 'room:' || theirs.room_id
         AND s.body->'participant'->>'id' = theirs.participant_id`,
      // In a deleted room, participants cannot be attributed to a person any more, and no recipients are left.
      `DELETE FROM signals s WHERE s.kind = '${ROOM_PEOPLE}'
         AND NOT EXISTS (SELECT FROM room_clocks c
           WHERE c.room_id = CASE s.kind WHEN '${ROOM_PEOPLE}' THEN substr(s.topic, length('room:') + 1)::uuid END)`,
      `UPDATE participants q SET name = 'Guest', is_host = false, token_hash = NULL FROM (${THEIR_PLACES}) theirs
       WHERE q.room_id = theirs.room_id AND q.id = theirs.participant_id`,
      `UPDATE room_presence SET user_id = NULL WHERE user_id = $1`,
    ];
    for (const statement of statements) await manager.query(statement, statement.includes('$1') ? [userId] : []);
  }
}
