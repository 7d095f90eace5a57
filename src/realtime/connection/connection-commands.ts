import { Injectable } from '@nestjs/common';

import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { MessageSender, type Reply } from '../message-sender.js';
import { asCorrelationId, type ClientCommand } from '../messages.js';
import { Revocations } from '../revocations.js';
import type { Connection } from './connection.js';

/** Commands about a connection itself, the same on every socket. */
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
   * Extends the connection by another token of the same user; anything else ends it
   * (docs/spec/sockets.md#end-of-a-token). @returns undefined when the connection ends
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

  /** @returns undefined for what is no token, or when its session ends while it is looked up */
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
