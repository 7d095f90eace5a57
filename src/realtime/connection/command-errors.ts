import { type ArgumentsHost, Injectable, Logger } from '@nestjs/common';

import { ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import { AuthenticationUnavailableError } from '../../identity/access-tokens/authentication-unavailable.js';
import { countCommand } from '../count-command.js';
import { MessageSender } from '../message-sender.js';
import type { ClientCommand } from '../messages.js';
import { isLate } from './command-deadlines.js';
import type { Connection } from './connection.js';

/** Code and text of an error message. */
export interface ErrorWording {
  readonly code: string;
  readonly message: string;
}

/** Replies to commands that failed, for the exception filters of gateways. */
@Injectable()
export class CommandErrors {
  private readonly logger = new Logger(CommandErrors.name);

  constructor(private readonly sender: MessageSender) {}

  /**
   * Replies with an error, after the broadcasts that were held back while the command ran. Does nothing if the command
   * got its reply at the deadline.
   * @param word returns the API's wording of a refusal; undefined for an unexpected error
   */
  reply(
    error: unknown,
    host: ArgumentsHost,
    word: (error: unknown, command: ClientCommand) => ErrorWording | undefined,
  ): void {
    const connection = host.switchToWs().getClient<Connection>();
    const command = host.switchToWs().getData<ClientCommand>();
    if (isLate(command)) return;
    const cause = toServiceUnavailable(error);
    const isUnavailable = cause instanceof ServiceUnavailableError || cause instanceof AuthenticationUnavailableError;
    const wording = isUnavailable
      ? { code: connection.endpoint.codes.unavailable, message: 'Service unavailable' }
      : (word(cause, command) ?? this.unexpected(connection, command, error));
    countCommand(command, isUnavailable ? 'unavailable' : 'refused');
    connection.release();
    this.sender.reply(connection, command, { message: { type: 'error', ...wording } });
  }

  private unexpected({ endpoint }: Connection, { type }: ClientCommand, error: unknown): ErrorWording {
    this.logger.error({ msg: 'unexpected error', command: type, ...describeError(error) });
    return { code: endpoint.codes.unexpected, message: 'Internal error' };
  }
}
