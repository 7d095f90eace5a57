import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import type { Transaction } from '../database/transactions.js';
import { ROOM_PEOPLE } from './presence.js';

/** Rows of rooms in which the person was, as a member or as the guest they were before they showed who they are. */
const THEIR_PLACES = `SELECT room_id, participant_id FROM room_presence WHERE user_id = $1
  UNION SELECT room_id, id FROM participants WHERE user_id = $1`;

/** As many rows of one kind are left to the transaction in which an account goes, and go at once before it. */
const AT_ONCE = 2_000;
const BEYOND = `OFFSET ${AT_ONCE} LIMIT ${AT_ONCE}`;

const THEIR_SCOPES = `scope IN ('legacy:user:' || $1, 'v1:user:' || $1, 'rooms:user:' || $1)`;

/** What a person may have any number of, a slice each; the rows of one slice are found by an index. */
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

/** Their own kept answers (the scope is an API, `user` and the id), and others' that tell of them; each by its index. */
const THEIR_ANSWERS = `${THEIR_SCOPES}
  OR (names_others AND strings_in(body) @> jsonb_build_array($1::text))`;

/**
 * What timers know of a person, when the person goes (docs/spec/v1.md#9-usersme): their timers with log and corrections;
 * in rooms, which
 * belong to everybody there, they become nobody in particular.
 */
@Injectable()
export class PersonRemoval {
  constructor(private readonly pool: Pool) {}

  /**
   * Makes what there is of a person small enough for the one transaction of {@link remove}, in slices that are complete in
   * themselves: a start that fails in the middle leaves an account with less, and the next one goes on there.
   */
  async shrink(userId: string): Promise<void> {
    for (const slice of SLICES) while ((await this.pool.query(slice, [userId])).rowCount === AT_ONCE);
  }

  async remove({ manager }: Transaction, userId: string): Promise<void> {
    const statements = [
      `DELETE FROM timer_edits e USING timers t WHERE t.id = e.timer_id AND t.user_id = $1`,
      `DELETE FROM timer_changes WHERE owner = $1`,
      `DELETE FROM timers WHERE user_id = $1`,
      // What they did to their own is gone.
      `UPDATE timer_changes SET actor = NULL WHERE actor = $1 AND actor IS DISTINCT FROM owner`,
      `UPDATE timer_unlinks SET actor = NULL WHERE actor = $1`,
      `DELETE FROM kept_answers WHERE ${THEIR_ANSWERS}`,
      // Instances that have not told their sockets yet still do, without the name.
      `UPDATE signals s SET body = jsonb_set(s.body, '{participant,name}', '"Guest"') FROM (${THEIR_PLACES}) theirs
       WHERE s.kind = '${ROOM_PEOPLE}' AND s.topic = 'room:' || theirs.room_id
         AND s.body->'participant'->>'id' = theirs.participant_id`,
      // Who was who in a room that is deleted nobody knows, and nobody is left there to be told.
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
