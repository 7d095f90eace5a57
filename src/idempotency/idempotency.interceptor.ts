import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable, tap } from 'rxjs';

import { PREPARE_BODY, type PrepareBody } from '../common/http/prepared-body.js';
import { anonymousCaller, commandFingerprint, fingerprintOf, idempotencyKey, scopeOf } from './idempotency-key.js';
import { Keep, type Repeatable } from './keep.js';
import { type Answer, KeptAnswers } from './kept-answers.js';

const METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Sign-in ignores the key, because its responses consist of secrets (docs/spec/extensions.md#idempotency). */
const IGNORED = /^\/v1\/(auth(?!\/legacy-tokens)|user\/(?!timer\/))/;
/**
 * Account deletion ignores the key: no row may name the person afterwards, and a repeat is 401 anyway
 * (docs/spec/v1.md#9-usersme).
 */
const endsAccount = ({ method, path }: Request): boolean => method === 'DELETE' && /^\/v1\/users\/me\/?$/i.test(path);
const RENEWS = 'metronome:renews-secret';
const COMMAND = 'metronome:keyed-command';

/** A response that contains a secret. It is stored without the secret, and a repeat gets a new one. */
interface SecretReply {
  /** The path of the secret in the body, such as `['data', 'host_token']`. */
  readonly path: readonly string[];
  /**
   * The controller's method that makes a new secret from the stored body and the request; the old one becomes invalid.
   */
  readonly method: string;
}

export const RenewsSecret = (reply: SecretReply) => SetMetadata(RENEWS, reply);

/**
 * Marks a handler whose command stores its own outcome, together with its effect. The handler gets the key as
 * {@link Kept}.
 * @param command its name, its subject and its values, the same as on a socket
 */
export const KeyedCommand = (command: (request: Request) => readonly unknown[]) => SetMetadata(COMMAND, command);

/** The idempotency key of a {@link KeyedCommand}; undefined if the request has none. */
export const Kept = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<ActingRequest>().keep,
);

type ActingRequest = Request & {
  keep?: Keep;
  identity?: { userId: string };
  visitor?: { userId: string } | null;
  /** The network of the address, as rate limits count it; set on routes that allow calls without an account. */
  network?: string;
  legacyUserId?: string;
};

/**
 * Repeats the stored response to a request whose `Idempotency-Key` was used before
 * (docs/spec/extensions.md#idempotency).
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly answers: KeptAnswers,
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<ActingRequest>();
    const key = request.get('idempotency-key');
    if (key === undefined || !METHODS.has(request.method) || IGNORED.test(request.path)) return next.handle();
    if (endsAccount(request)) return next.handle();
    const command = this.reflector.get<CommandOf | undefined>(COMMAND, context.getHandler());
    return command ? this.keepWith(context, next, key, command) : from(this.once(context, next, key));
  }

  private async once(context: ExecutionContext, next: CallHandler, key: string): Promise<unknown> {
    const request = context.switchToHttp().getRequest<ActingRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    const body = await this.prepare(context);
    const repeatable = repeatableOf(request, headerKey(key), body);
    const secret = this.reflector.get<SecretReply | undefined>(RENEWS, context.getHandler());
    const outcome = await this.answers.once(repeatable, async () => {
      const result: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const { statusCode: status } = response;
      return { result, answer: { status, body: secret ? without(result, secret.path) : result } };
    });
    if ('result' in outcome) return outcome.result;
    return this.repeat(context, outcome.repeated, secret);
  }

  /** The command stores its own outcome. Its handler runs for repeats too and words the response each time. */
  private async keepWith(
    context: ExecutionContext,
    next: CallHandler,
    key: string,
    command: CommandOf,
  ): Promise<Observable<unknown>> {
    await this.prepare(context);
    const http = context.switchToHttp();
    const request = http.getRequest<ActingRequest>();
    const scope = scopeOfRequest(request, request.path.replace(/\/+$/, ''));
    const keep = new Keep(scope, headerKey(key), commandFingerprint(...command(request)));
    request.keep = keep;
    const sayWhenRepeated = () => {
      if (keep.isRepeated) http.getResponse<Response>().set('Idempotency-Replayed', 'true');
    };
    return next.handle().pipe(tap(sayWhenRepeated));
  }

  private async prepare(context: ExecutionContext): Promise<unknown> {
    return this.reflector.get<PrepareBody | undefined>(PREPARE_BODY, context.getHandler())?.(context);
  }

  private async repeat(
    context: ExecutionContext,
    { status, body }: Answer,
    secret: SecretReply | undefined,
  ): Promise<unknown> {
    const http = context.switchToHttp();
    const controller = this.modules.get<Renewing>(context.getClass(), { strict: false });
    const renewed = secret && (await controller[secret.method]?.(body, http.getRequest()));
    http.getResponse<Response>().status(status).set('Idempotency-Replayed', 'true');
    return secret ? withValue(body, secret.path, renewed) : (body ?? undefined);
  }
}

const headerKey = (sent: string): string => idempotencyKey(sent, ['header', 'Idempotency-Key']);

/** Accepts an `Idempotency-Key` on all handlers of a controller, or on one handler. */
export const Idempotent = () => UseInterceptors(IdempotencyInterceptor);

type CommandOf = (request: Request) => readonly unknown[];
type Renewing = Record<string, (kept: unknown, request: Request) => Promise<string>>;

function repeatableOf(request: ActingRequest, key: string, body: unknown): Repeatable {
  const path = request.path.replace(/\/+$/, '');
  return { scope: scopeOfRequest(request, path), key, fingerprint: fingerprintOf(request.method, path, body ?? null) };
}

/**
 * API and user; without a user the API, the room if there is one, and the anonymous caller
 * (docs/spec/extensions.md#idempotency).
 */
function scopeOfRequest(request: ActingRequest, path: string): string {
  const userId = request.identity?.userId ?? request.visitor?.userId ?? request.legacyUserId;
  const generation = path.startsWith('/api/v1/') ? 'rooms' : path.startsWith('/v1/user/') ? 'legacy' : 'v1';
  if (userId !== undefined) return scopeOf(generation, 'user', userId);
  const [, roomId] = /^\/api\/v1\/rooms\/([^/]+)/.exec(path) ?? [];
  const caller = anonymousCaller(request.network ?? '', request.headers.cookie);
  return roomId === undefined
    ? scopeOf(generation, 'caller', caller)
    : scopeOf(generation, 'room', roomId.toLowerCase(), caller);
}

type Json = Record<string, unknown>;

function without(body: unknown, [first = '', ...rest]: readonly string[]): unknown {
  const object = body as Json;
  // The key stays, so that the order of keys is the same in a repeat.
  return { ...object, [first]: rest.length === 0 ? null : without(object[first], rest) };
}

function withValue(body: unknown, [first = '', ...rest]: readonly string[], value: unknown): unknown {
  const object = body as Json;
  return { ...object, [first]: rest.length === 0 ? value : withValue(object[first], rest, value) };
}
