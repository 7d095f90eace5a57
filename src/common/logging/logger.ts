import { randomUUID } from 'node:crypto';

import type { LoggerService, LogLevel } from '@nestjs/common';
import { destination, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

import { type Level, RepeatedLines } from './repeated-lines.js';

export interface LogSettings {
  readonly level: string;
  readonly format: 'pretty' | 'json';
}

/** Buffers lines, because one write per line costs a busy server a fifteenth of its time. */
const COLLECTED = { minLength: 8_192, periodicFlush: 50 };

/** The process's log: one JSON object per line, or a readable format for terminals. */
export function createLogger({ level, format }: LogSettings): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === 'json') return pino(options, destination({ dest: 1, sync: false, ...COLLECTED }));
  return pino(options, PinoPretty({ colorize: process.stdout.isTTY, translateTime: 'HH:MM:ss', sync: true }));
}

/** A request id for a request without a valid one. */
export const newRequestId = (): string => randomUUID();

/** Contexts in which Nest logs every module, route and message at startup. */
const STARTUP_CHATTER = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'WebSocketsController',
]);

type Message = string | Record<string, unknown>;

/**
 * Writes the lines of Nest and of the application to one log, each with its class as `context`. Repeated warnings and
 * errors are counted instead of written (RepeatedLines).
 */
export class NestLogger implements LoggerService {
  private readonly repeated: RepeatedLines;

  constructor(private readonly logger: Logger) {
    this.repeated = new RepeatedLines((level, fields) => {
      logger[level](fields);
    });
  }

  log(message: Message, ...rest: unknown[]): void {
    this.write(STARTUP_CHATTER.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  warn(message: Message, ...rest: unknown[]): void {
    this.repeated.note('warn', fieldsOf(message, rest));
  }

  error(message: Message, ...rest: unknown[]): void {
    this.repeated.note('error', fieldsOf(message, rest));
  }

  fatal(message: Message, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  debug(message: Message, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: Message, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  setLogLevels(levels: LogLevel[]): void {
    if (levels.length === 0) this.logger.level = 'silent';
  }

  /** Writes the pending counts of repeated lines; called before the process ends. */
  flush(): void {
    this.repeated.flush();
  }

  private write(level: Level, message: Message, rest: unknown[]): void {
    this.logger[level](fieldsOf(message, rest));
  }
}

/**
 * Nest passes the context last, and the stack before it, if there is one. Stacks are never logged
 * (docs/architecture.md#logs-and-secrets).
 */
function fieldsOf(message: Message, rest: unknown[]): Record<string, unknown> {
  const context = rest.at(-1);
  const fields = typeof message === 'string' ? { msg: message } : message;
  return typeof context === 'string' ? { ...fields, context } : fields;
}
