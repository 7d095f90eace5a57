import { Injectable } from '@nestjs/common';

import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { MessageSender, type Reply } from '../message-sender.js';
import { asCorrelationId, type ClientCommand } from '../messages.js';
import { Revocations } from '../revocations.js';
import type { Connection } from './connection.js';

/** Commands that concern the connection itself; the same on every socket. */
@Injectable()
export class ConnectionCommands {
  constructor(
    private readonly sender: MessageSender,
    private readonly identities: BearerIdentities,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  ping({ payload }: ClientCommand): Reply {
    const sentAt = asCorrelationId(payload['sent_at']);
    const serverTime = Math.floor(this.clock.now());
    return { message: { type: 'pong', serverTime, ...(sentAt === undefined ? {} : { sentAt }) } };
  }

  /**
   * Extends the connection with a new token of the same user. Any other token closes the connection
   * (docs/spec/sockets.md#end-of-a-token).
   * @returns undefined if the connection was closed
   * @throws errors of the token check other than InvalidAccessTokenError
   */
  async renewAuth(connection: Connection, { payload }: ClientCommand): Promise<Reply | undefined> {
    const identity = await this.identify(payload['token'], connection.address);
    if (identity === undefined || identity.userId !== connection.identity?.userId) {
      connection.endAccess('token not valid');
      return undefined;
    }
    connection.renew(identity);
    return { message: { type: 'authRenewed', expiresAt: this.sender.time(connection, identity.expiresAt) } };
  }

  /** @returns undefined for an invalid token, or if its session ends during the lookup */
  private async identify(token: unknown, address: string): Promise<Identity | undefined> {
    const ended = this.revocations.collect();
    try {
      const identity = await this.identities.identify(typeof token === 'string' ? token : '', address);
      return ended.includes(identity) ? undefined : identity;
    } catch (error) {
      if (!(error instanceof InvalidAccessTokenError)) throw error;
      return undefined;
    } finally {
      ended.stop();
    }
  }
}
