import { Injectable } from '@nestjs/common';

import type { Transaction } from '../database/transactions.js';
import { ROOM_PEOPLE } from './presence.js';

/** Rows of rooms in which the person was, as a member or as the guest they were before they showed who they are. */
const THEIR_PLACES = `SELECT room_id, participant_id FROM room_presence WHERE user_id = $1
  UNION SELECT room_id, id FROM participants WHERE user_id = $1`;

/** Their own kept answers (the scope is an API, `user` and the id), and others' that tell of them; each by its index. */
const THEIR_ANSWERS = `scope IN ('legacy:user:' || $1, 'v1:user:' || $1, 'rooms:user:' || $1)
  OR (names_others AND strings_in(body) @> jsonb_build_array($1::text))`;

/**
 * What timers know of a person, when the person goes (v1.md 9): their timers with log and corrections; in rooms, which
 * belong to everybody there, they become nobody in particular.
 */
@Injectable()
export class PersonRemoval {
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
