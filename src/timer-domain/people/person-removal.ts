import { Injectable } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';

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
      `UPDATE timer_changes SET actor = NULL WHERE actor = $1`,
      `UPDATE timer_unlinks SET actor = NULL WHERE actor = $1`,
      `DELETE FROM kept_answers WHERE strpos(scope, $1) > 0`,
      `UPDATE participants SET name = 'Guest', token_hash = NULL WHERE user_id = $1`,
      `UPDATE room_presence SET user_id = NULL WHERE user_id = $1`,
    ];
    for (const statement of statements) await manager.query(statement, [userId]);
  }
}
