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
/** Sign-in is never repeated from a store: its answers are secrets as a whole (docs/spec/extensions.md#idempotency). */
const IGNORED = /^\/v1\/(auth(?!\/legacy-tokens)|user\/(?!timer\/))/;
/** The end of an account: nothing may name the person afterwards, and a repeat is 401 anyway (docs/spec/v1.md#9-usersme). */
const endsAccount = ({ method, path }: Request): boolean => method === 'DELETE' && /^\/v1\/users\/me\/?$/i.test(path);
const RENEWS = 'metronome:renews-secret';
const COMMAND = 'metronome:keyed-command';

/** An answer with a secret: what is kept of it has none, and a repeat carries a new one. */
interface SecretReply {
  /** Where it stands in the body: `['data', 'host_token']`. */
  readonly path: readonly string[];
  /** The controller's method that makes a new one, from the kept body and the request; the lost one dies. */
  readonly method: string;
}

export const RenewsSecret = (reply: SecretReply) => SetMetadata(RENEWS, reply);

/**
 * This call is a command that keeps its outcome by itself, together with its effect: it takes it along as {@link Kept}.
 * @param command which it is, on what and with which values: the same as on a socket
 */
export const KeyedCommand = (command: (request: Request) => readonly unknown[]) => SetMetadata(COMMAND, command);

/** The key that a {@link KeyedCommand} came with; undefined without one. */
export const Kept = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<ActingRequest>().keep,
);

type ActingRequest = Request & {
  keep?: Keep;
  identity?: { userId: string };
  visitor?: { userId: string } | null;
  /** Of the address, as limits count it; known where calls without an account are. */
  network?: string;
  legacyUserId?: string;
};

/** Repeats the answer to a request whose `Idempotency-Key` has been seen (docs/spec/extensions.md#idempotency). */
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

  /** The command keeps its outcome by itself; its handler words it, the first time and any other. */
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

/** Calls of this controller, or this call, may carry an `Idempotency-Key`. */
export const Idempotent = () => UseInterceptors(IdempotencyInterceptor);

type CommandOf = (request: Request) => readonly unknown[];
type Renewing = Record<string, (kept: unknown, request: Request) => Promise<string>>;

function repeatableOf(request: ActingRequest, key: string, body: unknown): Repeatable {
  const path = request.path.replace(/\/+$/, '');
  return { scope: scopeOfRequest(request, path), key, fingerprint: fingerprintOf(request.method, path, body ?? null) };
}

/** User and generation; without a user the room, if there is one, and the caller (docs/spec/extensions.md#idempotency). */
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
  // Its place among the others stays.
  return { ...object, [first]: rest.length === 0 ? null : without(object[first], rest) };
}

function withValue(body: unknown, [first = '', ...rest]: readonly string[], value: unknown): unknown {
  const object = body as Json;
  return { ...object, [first]: rest.length === 0 ? value : withValue(object[first], rest, value) };
}
