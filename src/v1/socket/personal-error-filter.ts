import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';

import { Failure } from '../../common/errors.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '../../idempotency/errors.js';
import { CommandErrors, type ErrorWording } from '../../realtime/connection/command-errors.js';
import type { ClientCommand } from '../../realtime/messages.js';
import { TimerRefusal } from '../../timer-domain/rules/refusal.js';
import { refusalError } from '../http/timer-refusals.js';

const FAILED: Partial<Record<ClientCommand['type'], string>> = {
  start: 'CREATE_FAILED',
  pause: 'PAUSE_FAILED',
  resume: 'RESUME_FAILED',
  stop: 'STOP_FAILED',
  cancel: 'CANCEL_FAILED',
  sync: 'SYNC_FAILED',
};

/** Words the errors of `/v1/ws/timers` (docs/spec/sockets.md#the-personal-socket). */
@Catch()
export class PersonalErrorFilter implements ExceptionFilter {
  constructor(private readonly errors: CommandErrors) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.errors.reply(error, host, wordingOf);
  }
}

/** @returns undefined for what is unexpected */
function wordingOf(error: unknown, { type }: ClientCommand): ErrorWording | undefined {
  if (error instanceof IdempotencyKeyReusedError || error instanceof IdempotencyKeyInUseError)
    return { code: error.code, message: error.message };
  const code = FAILED[type];
  if (code === undefined) return undefined;
  if (error instanceof TimerRefusal) return { code, message: refusalError(error, type)?.message ?? error.message };
  if (error instanceof InvalidRequestError) return { code, message: textOf(error) };
  return error instanceof Failure ? { code, message: error.message } : undefined;
}

/** The first problem, as one line. */
function textOf({ problems: [problem] }: InvalidRequestError): string {
  const where = problem?.loc.slice(1).join('.') ?? '';
  return where === '' ? (problem?.msg ?? 'Invalid payload') : `${where}: ${problem?.msg ?? ''}`;
}
