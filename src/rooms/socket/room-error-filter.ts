import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';

import { CommandErrors, type ErrorWording } from '../../realtime/connection/command-errors.js';
import { roomError } from '../http/rooms-error-envelope.js';

/** Converts errors of room commands, on either kind of socket (docs/spec/rooms.md#errors). */
@Catch()
export class RoomErrorFilter implements ExceptionFilter {
  constructor(private readonly errors: CommandErrors) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.errors.reply(error, host, wordingOf);
  }
}

/** @returns undefined for an unexpected error */
function wordingOf(error: unknown): ErrorWording | undefined {
  const { status, code, message } = roomError(error);
  return status === 500 ? undefined : { code, message };
}
