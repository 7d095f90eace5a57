import { Injectable, type OnModuleInit } from '@nestjs/common';

import type { Transaction } from '../../database/transactions.js';
import { AccountClaims } from '../../identity/accounts/account-claims.js';
import { Signals } from '../../signals/signals.js';
import { roomTopic } from '../../signals/topics.js';
import { PARTICIPANT_REMOVED } from '../participants/participant-removed.js';

/** The account's participants, and all hosts of rooms that the account created. */
const THEIR_PEOPLE = `user_id = $1 OR (is_host AND room_id IN (SELECT id FROM rooms WHERE host_user_id = $1))`;

/**
 * Ends an account's access to rooms when the owner of its e-mail address proves it for the first time, because another
 * person may have set the account up (docs/spec/v1.md#31-own-accounts, "proof from outside").
 */
@Injectable()
export class AccountRooms implements OnModuleInit {
  constructor(
    private readonly claims: AccountClaims,
    private readonly signals: Signals,
  ) {}

  onModuleInit(): void {
    this.claims.register((transaction, userId) => this.leaveAll(transaction, userId));
  }

  /** Keeps the rooms, without a host; removes their hosts and the account's participants, and closes their sockets. */
  private async leaveAll(transaction: Transaction, userId: string): Promise<void> {
    const { manager } = transaction;
    const [removed]: [{ id: string; room_id: string }[]] = await manager.query(
      `UPDATE participants p SET removed = true, is_host = false, token_hash = NULL, user_id = NULL
       FROM (SELECT room_id, id FROM participants WHERE ${THEIR_PEOPLE} ORDER BY room_id, id FOR UPDATE) held
       WHERE p.room_id = held.room_id AND p.id = held.id RETURNING p.id, p.room_id`,
      [userId],
    );
    await manager.query(
      `UPDATE rooms SET host_user_id = NULL,
         host_token_hash = sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
       WHERE host_user_id = $1`,
      [userId],
    );
    for (const { id, room_id: roomId } of removed) {
      const body = { participant_id: id };
      await this.signals.add(transaction, { topic: roomTopic(roomId), kind: PARTICIPANT_REMOVED, body });
    }
  }
}
